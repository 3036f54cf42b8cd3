import { purchaseIdOf } from '../domain/ids.js';
import { type PurchaseResult, type PurchaseTickets, purchaseTickets, wouldSell } from '../domain/purchase.js';
import type { PurchaseRequest } from './commands.js';
import type { PurchaseOutcome } from './outcome.js';
import type { Command } from './pending-command.js';

export function purchaseCommand(request: PurchaseRequest, queueId?: string): Command<PurchaseResult> {
  const { concertId, customerId, quantity, idempotencyKey, arrivedAt } = request;
  const purchaseId = purchaseIdOf(concertId, idempotencyKey);
  const command: PurchaseTickets = {
    purchaseId,
    customerId,
    quantity,
    idempotencyKey,
    arrivedAt,
    ...(queueId === undefined ? {} : { queueId }),
  };
  return {
    concertId,
    size: quantity,
    purchaseId,
    decide: (concert, now, recalled) => purchaseTickets(command, concert, now, recalled),
    needsEvent: (concert) => wouldSell(command, concert),
  };
}

/** An outcome that does not change: neither queued nor retry later. */
export type FinalOutcome = Extract<PurchaseOutcome, { kind: 'accepted' | 'refused' }>;

export function purchaseOutcome(result: PurchaseResult): FinalOutcome {
  if (result.kind === 'refused') return result;
  return { kind: 'accepted', purchase: result.purchase, replayed: result.kind === 'replayed' };
}
