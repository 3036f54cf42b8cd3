/**
 * The events of holds and of the waiting list. A hold has the id that its idempotency key gives a purchase, so the purchase
 * that it becomes has the hold's id; a place in the waiting list has the id of the hold that it may be offered.
 */

/** A customer's request, or an offer to one who waited. */
export type HoldReason = 'request' | 'offer';

/** Tickets, and their VIP seats, were taken out of the stock for a customer. An offer ends a place in the waiting list. */
export interface TicketsHeld {
  readonly type: 'TicketsHeld';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly idempotencyKey: string;
    readonly quantity: number;
    /** VIP seats of the first tickets; as many as there were. */
    readonly seats: readonly string[];
    /** A confirmation must arrive before this time. */
    readonly expiresAt: string;
    readonly reason: HoldReason;
    /** When the request to hold reached the service; of an offer, when the wait for it began. */
    readonly arrivedAt: string;
    readonly decidedAt: string;
  };
}

export interface HoldExtended {
  readonly type: 'HoldExtended';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly expiresAt: string;
    readonly decidedAt: string;
  };
}

/** A hold became a purchase: its tickets follow at once in the same append, as a TicketReserved each. */
export interface HoldConfirmed {
  readonly type: 'HoldConfirmed';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly quantity: number;
    /** The caller's own, such as the id of a payment. */
    readonly reference: string;
    readonly arrivedAt: string;
    readonly decidedAt: string;
  };
}

/** A confirmation that came after its hold had expired still got tickets, which follow as those of a HoldConfirmed do. */
export interface LateConfirmationAccepted {
  readonly type: 'LateConfirmationAccepted';
  readonly data: HoldConfirmed['data'];
}

/** The customer gave up a hold: its tickets and VIP seats are no longer held. */
export interface HoldReleased {
  readonly type: 'HoldReleased';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly quantity: number;
    readonly seats: readonly string[];
    readonly decidedAt: string;
  };
}

/**
 * The time of some holds was over: their tickets and VIP seats are no longer held. Nothing but this event ends a hold by time. It
 * names each hold, and of what they had only the sum: a crowd of holds lapses together, and the log has their tickets already.
 */
export interface HoldsExpired {
  readonly type: 'HoldsExpired';
  readonly data: {
    readonly concertId: string;
    /** In order of their expiry; each once. */
    readonly holdIds: readonly string[];
    /** Tickets of all of them. */
    readonly quantity: number;
    /** VIP seats of all of them, in the same order. */
    readonly seats: readonly string[];
    readonly decidedAt: string;
  };
}

export interface WaitingListJoined {
  readonly type: 'WaitingListJoined';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly idempotencyKey: string;
    readonly quantity: number;
    readonly arrivedAt: string;
    readonly decidedAt: string;
  };
}

/** A place was given up; or an offer would have brought its customer over the limit, which costs the place. */
export interface WaitingListLeft {
  readonly type: 'WaitingListLeft';
  readonly data: {
    readonly concertId: string;
    readonly holdId: string;
    readonly customerId: string;
    readonly reason: 'request' | 'limit-reached';
    readonly decidedAt: string;
  };
}

/** The events of one hold, or of one place in the waiting list. */
export type OneHoldEvent =
  | TicketsHeld
  | HoldExtended
  | HoldConfirmed
  | LateConfirmationAccepted
  | HoldReleased
  | WaitingListJoined
  | WaitingListLeft;

export type HoldEvent = OneHoldEvent | HoldsExpired;

/** The events by which open holds end without a sale, so that their tickets and VIP seats come back. */
export type HoldReturn = HoldReleased | HoldsExpired;

/** What a hold is then. */
export type ReturnedAs = 'released' | 'expired';

const returns: Readonly<Record<HoldReturn['type'], ReturnedAs>> = {
  HoldReleased: 'released',
  HoldsExpired: 'expired',
};

export const isReturn = <Event extends { readonly type: string }>(
  event: Event,
): event is Extract<Event, HoldReturn> => Object.hasOwn(returns, event.type);

export const returnedAs = ({ type }: HoldReturn): ReturnedAs => returns[type];

/** Whether the event ends the holds that it names: their tickets are held no more. */
export const endsHolds = (event: { readonly type: string }): boolean =>
  event.type === 'HoldConfirmed' || event.type === 'LateConfirmationAccepted' || isReturn(event);
