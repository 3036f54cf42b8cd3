import type { HoldReason } from '../events/hold-events.js';

/**
 * A customer's claim on tickets that are not bought yet, from the place in the waiting list to the end of the hold. One that is
 * confirmed is a purchase from there on, with the same id.
 */
export interface Hold {
  readonly holdId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  /** Names of the VIP seats that are, or were, held. */
  readonly seats: readonly string[];
  readonly reason: HoldReason;
  /**
   * `waiting`: in the waiting list. `open`: tickets are held. `expired`, `released`: they were held. `left`: it waited and was
   * never offered any.
   */
  readonly status: 'waiting' | 'open' | 'expired' | 'released' | 'left';
  /** When the wait began if it waits or left, else when the tickets were held; ISO 8601. */
  readonly since: string;
  /** When an open one expires; when an ended one ended; for one that waits, `since`. ISO 8601. */
  readonly until: string;
  /** How often an open one was extended. */
  readonly extensions: number;
  /** Stream revision of the event at `since`. */
  readonly revision: bigint;
  /** Stream revision of its last event. */
  readonly lastRevision: bigint;
}

export const hasEnded = ({ status }: Hold): boolean => status !== 'waiting' && status !== 'open';

/** Tickets that count towards the customer's limit. */
export const ticketsHeldBy = ({ status, quantity }: Hold): number => (status === 'open' ? quantity : 0);

/** Milliseconds since 1970, by which holds are ordered. */
export const expiryOf = ({ until }: Hold): number => Date.parse(until);
