import type { Purchase } from '../domain/concert.js';
import type { CancelRefusal, ManageRefusal } from '../domain/concert-commands.js';
import type { PurchaseResult } from '../domain/purchase.js';

/** The command was not decided, or its outcome is unknown; sending it again with the same key is safe. */
export type RetryLater =
  /** Too many commands: the lock or the queue did not free up in time. Nothing was sold. */
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number }
  /** The log did not answer: the events may or may not be appended. A retry with the same key returns the outcome. */
  | { readonly kind: 'unavailable'; readonly problem: string; readonly retryAfterSeconds: number };

/** Too many commands for now. Nothing was sold. */
export const busy = (retryAfterSeconds = 1): RetryLater => ({ kind: 'busy', retryAfterSeconds });

/** The outcome is unknown. */
export const unavailable = (problem: string): RetryLater => ({
  kind: 'unavailable',
  problem,
  retryAfterSeconds: 2,
});

export type PurchaseOutcome =
  /** A decision; the events of an accepted purchase are in the log. */
  | PurchaseResult
  /** The purchase waits in the arrival queue (mode `queue`); its outcome can be read later by its id. */
  | { readonly kind: 'queued'; readonly purchaseId: string; readonly position: number }
  | RetryLater;

export type ManageOutcome =
  | { readonly kind: 'done'; readonly concertId: string; readonly revision: bigint }
  | { readonly kind: 'refused'; readonly refusal: ManageRefusal }
  | RetryLater;

export type CancelOutcome =
  | { readonly kind: 'cancelled'; readonly purchase: Purchase; readonly revision: bigint }
  | { readonly kind: 'refused'; readonly refusal: CancelRefusal }
  | RetryLater;
