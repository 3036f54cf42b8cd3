import type { Concert, Purchase } from '../concert.js';
import type { Decision } from '../decision.js';
import type { ConcertEvent } from '../events/events.js';
import type { HoldReason, TicketsHeld } from '../events/hold-events.js';
import { type WindowRefusal, windowRefusal } from '../sales-window.js';
import { isPurchase, type Recalled } from '../state/recall.js';
import { nextSeats } from '../tickets/sold-tickets.js';
import { type StockRefusal, stockRefusal } from '../tickets/stock.js';
import { claimOf } from './claim.js';
import { type Hold, openHold } from './hold.js';
import { timeOfDecision } from './promised.js';

export interface HoldTickets {
  /** Derived from concert and idempotency key, as the id of a purchase is. */
  readonly holdId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** ISO 8601. */
  readonly arrivedAt: string;
}

export type HoldRefusal =
  | WindowRefusal
  | StockRefusal
  /** The concert is sold without holds. */
  | { readonly reason: 'no-holds' }
  | { readonly reason: 'key-reused' };

export type HoldResult =
  | { readonly kind: 'held'; readonly hold: Hold }
  /** The same key held tickets before; `hold` is its current state. */
  | { readonly kind: 'replayed'; readonly hold: Hold }
  /** The same key held tickets before, and they were bought. */
  | { readonly kind: 'bought'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: HoldRefusal };

/**
 * Decides to hold tickets, all or none. Their VIP seats are those that a purchase would get now.
 * @param recalled the purchase or hold with this id, read from the log because the state `mayHaveForgotten` it
 */
export function holdTickets(
  command: HoldTickets,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<HoldResult> {
  const now = timeOfDecision(concert, clock);
  const refuse = (refusal: HoldRefusal): Decision<HoldResult> => [{ kind: 'refused', refusal }, []];
  const earlier = claimOf(concert, command.holdId, recalled);
  if (earlier !== undefined) {
    if (!isOfRequest(earlier, command)) return refuse({ reason: 'key-reused' });
    return isPurchase(earlier)
      ? [{ kind: 'bought', purchase: earlier }, []]
      : [{ kind: 'replayed', hold: earlier }, []];
  }
  const { arrivedAt, customerId, quantity } = command;
  const closed = windowRefusal(concert, arrivedAt);
  if (closed !== undefined) return refuse(closed);
  const { holdSeconds } = concert;
  if (holdSeconds === null) return refuse({ reason: 'no-holds' });
  const refusal = stockRefusal(concert, customerId, quantity, now);
  if (refusal !== undefined) return refuse(refusal);

  const { event, hold } = held(concert, command, 'request', holdSeconds, now);
  return [{ kind: 'held', hold }, [event]];
}

/** Whether `holdTickets` would surely hold them, without computing the event. */
export const wouldHold = (
  { holdId, arrivedAt, customerId, quantity }: HoldTickets,
  concert: Concert,
): boolean =>
  concert.holdSeconds !== null &&
  windowRefusal(concert, arrivedAt) === undefined &&
  stockRefusal(concert, customerId, quantity, arrivedAt) === undefined &&
  !concert.purchases.has(holdId) &&
  !concert.holds.has(holdId);

/** The event that holds tickets, with VIP seats while there are any, and the hold after it. */
export function held(
  concert: Concert,
  request: HoldTickets,
  reason: HoldReason,
  seconds: number,
  now: string,
): { readonly event: ConcertEvent; readonly hold: Hold } {
  const { holdId, customerId, idempotencyKey, quantity, arrivedAt } = request;
  const seats = nextSeats(concert, quantity);
  const expiresAt = new Date(Date.parse(now) + seconds * 1_000).toISOString();
  const { concertId } = concert;
  const data: TicketsHeld['data'] = {
    concertId,
    holdId,
    customerId,
    idempotencyKey,
    quantity,
    seats,
    reason,
    expiresAt,
    arrivedAt,
    decidedAt: now,
  };
  return { event: { type: 'TicketsHeld', data }, hold: openHold(data, concert.revision + 1n) };
}

function isOfRequest(earlier: Recalled, { customerId, quantity }: HoldTickets): boolean {
  if (earlier.customerId !== customerId) return false;
  return isPurchase(earlier)
    ? earlier.tickets.length === quantity && earlier.reference !== undefined
    : earlier.quantity === quantity && earlier.reason === 'request';
}
