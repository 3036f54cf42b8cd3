import type { Purchase } from '../domain/concert.js';
import type { CancelRefusal, ManageRefusal } from '../domain/concert-commands.js';
import type { PurchaseRefusal } from '../domain/purchase.js';

/** The command was not carried out, or nobody can say yet; sending it again with the same key is safe. */
export type RetryLater =
  /** Too many buyers at once: the lock or the queue did not free up in time. Nothing was sold. */
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number }
  /** The log gave no answer: the command may have been carried out once, or not. A retry with its key tells. */
  | { readonly kind: 'unavailable'; readonly problem: string; readonly retryAfterSeconds: number };

export type PurchaseOutcome =
  /** In the log, durably. `repeated`: by an earlier request with the same key. */
  | { readonly kind: 'accepted'; readonly purchase: Purchase; readonly repeated: boolean }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal }
  /** In line (mode `queue`); the outcome will be found under the purchase's id. */
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
