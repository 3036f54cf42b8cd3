import { afterAll } from 'vitest';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { openWriteSide, type WriteSide, type WriteSideOptions } from '../support/services.js';

/** Opens write sides and closes them when the file's tests are done. */
export function writeSides(): (options: WriteSideOptions) => Promise<WriteSide> {
  const open: WriteSide[] = [];
  afterAll(() => Promise.all(open.map((side) => side.close())));
  return async (options) => {
    const side = await openWriteSide(options);
    open.push(side);
    return side;
  };
}

export const request = (
  concertId: string,
  customerId: string,
  more: Partial<PurchaseRequest> = {},
): PurchaseRequest => ({
  concertId,
  customerId,
  quantity: 1,
  idempotencyKey: `key of ${customerId}`,
  arrivedAt: new Date().toISOString(),
  ...more,
});

export const kindOf = (outcome: PurchaseOutcome): string =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind;
