import { randomUUID } from 'node:crypto';
import { purchaseIdOf } from '../../domain/ids.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import type { PurchaseRequest } from '../commands.js';
import { type HoldCallResult, holdCommand, holdIdOf, type RepeatableCall } from '../holds/hold-calls.js';
import type { RetryLater } from '../outcome.js';
import type { Command } from '../pending-command.js';
import { purchaseCommand } from '../purchase-command.js';
import { writeEntry, writeHoldEntry } from './entry-message.js';
import { readHoldOutcome } from './hold-outcome-message.js';
import { readOutcome } from './outcome-message.js';

export type HandedResult = PurchaseResult | HoldCallResult;
export type HandedOutcome = HandedResult | RetryLater;

/** A command as it goes through a concert's queue. */
export interface HandedOver {
  readonly concertId: string;
  /** What its place and its kept outcome are found by. */
  readonly entryId: string;
  /** The purchase or hold that the log has, if it was decided. */
  readonly claimId: string;
  /** As it stands in the queue. */
  readonly entry: string;
  readonly command: () => Command<HandedResult>;
  /** Null when this version cannot read the outcome. */
  readonly readOutcome: (text: string) => HandedOutcome | null;
}

/** A purchase is found by its own id, so that its buyer can ask for it. */
export function handedPurchase(request: PurchaseRequest, isOrdered: boolean): HandedOver {
  const { concertId, idempotencyKey } = request;
  const purchaseId = purchaseIdOf(concertId, idempotencyKey);
  return {
    ...{ concertId, entryId: purchaseId, claimId: purchaseId, entry: writeEntry(request, isOrdered) },
    ...{ command: () => purchaseCommand(request), readOutcome },
  };
}

/**
 * Nobody but its process asks for the outcome of a call about a hold, of which several may wait at once: each has its own id. Only
 * what bears it is handed over: an owner may die before it answers, and the next one decides the entry again.
 */
export const handedHold = (call: RepeatableCall): HandedOver => ({
  ...{ concertId: call.concertId, entryId: `${call.call}/${randomUUID()}`, claimId: holdIdOf(call) },
  ...{ entry: writeHoldEntry(call), command: () => holdCommand(call), readOutcome: readHoldOutcome },
});

/** Whether it says that the command is carried out: a refusal, or no decision, may be superseded. */
export const isDone = ({ kind }: { readonly kind: HandedOutcome['kind'] | 'queued' }): boolean =>
  kind !== 'refused' && kind !== 'busy' && kind !== 'unavailable' && kind !== 'queued';
