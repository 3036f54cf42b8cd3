import type { HoldReason, ReturnedAs, TicketsHeld, WaitingListJoined } from '../events/hold-events.js';

/**
 * `waiting`: in the waiting list. `open`: tickets are held. `expired`, `released`: they were held. `left`: left the waiting list
 * without an offer. Snapshots have the place of a status here: others may only follow.
 */
export const holdStatuses = ['waiting', 'open', 'expired', 'released', 'left'] as const;

/**
 * A customer's claim on tickets that are not bought yet, from the place in the waiting list to the end of the hold. A confirmed
 * hold becomes a purchase with the same id.
 */
export interface Hold {
  readonly holdId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  /** Names of the VIP seats that are, or were, held. */
  readonly seats: readonly string[];
  readonly reason: HoldReason;
  readonly status: (typeof holdStatuses)[number];
  /** Start of the wait for `waiting` and `left`, else of the hold; ISO 8601. */
  readonly since: string;
  /** Expiry for `open`, end for an ended hold, `since` for `waiting`. ISO 8601. */
  readonly until: string;
  /** How often an open hold was extended. */
  readonly extensions: number;
  /** Stream revision of the event at `since`. */
  readonly revision: bigint;
  /** Stream revision of its last event. */
  readonly lastRevision: bigint;
}

// Literals without spread objects, which take several times as long to build.

/** The hold that begins with this event at this revision. */
export const openHold = (
  { holdId, customerId, idempotencyKey, quantity, seats, reason, expiresAt, decidedAt }: TicketsHeld['data'],
  revision: bigint,
): Hold => ({
  holdId,
  customerId,
  idempotencyKey,
  quantity,
  seats,
  reason,
  status: 'open',
  since: decidedAt,
  until: expiresAt,
  extensions: 0,
  revision,
  lastRevision: revision,
});

/** The place in the waiting list that begins with this event at this revision. */
export const waitingHold = (
  { holdId, customerId, idempotencyKey, quantity, decidedAt }: WaitingListJoined['data'],
  revision: bigint,
): Hold => ({
  holdId,
  customerId,
  idempotencyKey,
  quantity,
  seats: [],
  reason: 'offer',
  status: 'waiting',
  since: decidedAt,
  until: decidedAt,
  extensions: 0,
  revision,
  lastRevision: revision,
});

export const hasEnded = ({ status }: Hold): boolean => status !== 'waiting' && status !== 'open';

/** What a hold, or a place in the waiting list, is once it has ended without a sale. */
export const endedAs = (
  status: ReturnedAs | 'left',
  hold: Hold,
  { until, lastRevision }: Pick<Hold, 'until' | 'lastRevision'>,
): Hold => ({ ...hold, status, until, extensions: 0, lastRevision });

/** Tickets that count towards the customer's limit. */
export const ticketsHeldBy = ({ status, quantity }: Hold): number => (status === 'open' ? quantity : 0);

/** The time by which holds are ordered, in milliseconds since 1970. */
export const expiryOf = ({ until }: Hold): number => Date.parse(until);
