import type { Purchase } from '../domain/concert.js';
import type { PurchaseRefusal } from '../domain/purchase.js';
import type { PurchaseRequest } from './commands.js';
import type { FinalOutcome } from './purchase-task.js';

/** What a purchase in line carries, and what comes back: JSON between processes of the same version. */
export interface QueuedPurchase extends Omit<PurchaseRequest, 'waitMs'> {
  readonly replyTo: string;
  readonly token: string;
}

export const writeEntry = (queued: QueuedPurchase): string => JSON.stringify(queued);

export const readEntry = (entry: string): QueuedPurchase => JSON.parse(entry) as QueuedPurchase;

type Written =
  | { kind: 'accepted'; purchase: Omit<Purchase, 'revision'> & { revision: string }; repeated: boolean }
  | { kind: 'refused'; refusal: PurchaseRefusal };

export const writeOutcome = (outcome: FinalOutcome): string =>
  JSON.stringify(outcome, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

export function readOutcome(text: string): FinalOutcome {
  const written = JSON.parse(text) as Written;
  if (written.kind === 'refused') return written;
  const { purchase, repeated } = written;
  return { kind: 'accepted', repeated, purchase: { ...purchase, revision: BigInt(purchase.revision) } };
}
