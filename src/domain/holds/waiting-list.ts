import type { Concert, Purchase } from '../concert.js';
import type { Decision } from '../decision.js';
import type { ConcertEvent } from '../events/events.js';
import { type WindowRefusal, windowRefusal } from '../sales-window.js';
import { isPurchase, type Recalled } from '../state/recall.js';
import { stockRefusal } from '../tickets/stock.js';
import { claimOf } from './claim.js';
import { endedAs, type Hold, waitingHold } from './hold.js';
import type { HoldTickets } from './hold-tickets.js';
import { timeOfDecision } from './promised.js';

/** Places in the waiting list of a concert. */
export const mostWaiting = 100_000;

export type JoinRefusal =
  | WindowRefusal
  /** The concert has no waiting list. */
  | { readonly reason: 'no-waiting-list' }
  | { readonly reason: 'waiting-list-full' }
  /** There are enough tickets for sale now. */
  | { readonly reason: 'tickets-left' }
  /** Tickets that the customer bought, holds or waits for count. */
  | { readonly reason: 'limit-reached'; readonly limit: number; readonly held: number }
  | { readonly reason: 'key-reused' };

export type JoinResult =
  | { readonly kind: 'joined'; readonly hold: Hold }
  /** The same key joined before; `hold` is its current state: it may have been offered tickets since. */
  | { readonly kind: 'replayed'; readonly hold: Hold }
  | { readonly kind: 'bought'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: JoinRefusal };

export type LeaveRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'concert-cancelled' }
  | { readonly reason: 'not-waiting' }
  /** Tickets were offered first: release the hold instead. */
  | { readonly reason: 'already-offered'; readonly holdId: string };

export type LeaveResult =
  | { readonly kind: 'left'; readonly hold: Hold; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly refusal: LeaveRefusal };

/** Decides to put a customer on the waiting list, if the tickets are not available now. */
export function joinWaitingList(
  command: HoldTickets,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<JoinResult> {
  const now = timeOfDecision(concert, clock);
  const refuse = (refusal: JoinRefusal): Decision<JoinResult> => [{ kind: 'refused', refusal }, []];
  const earlier = claimOf(concert, command.holdId, recalled);
  if (earlier !== undefined) {
    if (!hasJoined(earlier, command)) return refuse({ reason: 'key-reused' });
    return isPurchase(earlier)
      ? [{ kind: 'bought', purchase: earlier }, []]
      : [{ kind: 'replayed', hold: earlier }, []];
  }
  const refusal = windowRefusal(concert, command.arrivedAt) ?? joinRefusal(command, concert, now);
  if (refusal !== undefined) return refuse(refusal);

  const { holdId, customerId, idempotencyKey, quantity, arrivedAt } = command;
  const { concertId } = concert;
  const data = { concertId, holdId, customerId, idempotencyKey, quantity, arrivedAt, decidedAt: now };
  const hold = waitingHold(data, concert.revision + 1n);
  return [{ kind: 'joined', hold }, [{ type: 'WaitingListJoined', data }]];
}

function joinRefusal(
  { customerId, quantity }: HoldTickets,
  concert: Concert,
  now: string,
): JoinRefusal | undefined {
  const { holds, holdings, ticketsPerCustomer: limit, waitingList, offerSeconds } = concert;
  if (!waitingList || offerSeconds === null) return { reason: 'no-waiting-list' };
  const held = (holdings.get(customerId) ?? 0) + (holds.awaited.get(customerId) ?? 0);
  if (held + quantity > limit) return { reason: 'limit-reached', limit, held };
  if (stockRefusal(concert, customerId, quantity, now) === undefined) return { reason: 'tickets-left' };
  return holds.waitingList.size >= mostWaiting ? { reason: 'waiting-list-full' } : undefined;
}

function hasJoined(earlier: Recalled, { customerId, quantity }: HoldTickets): boolean {
  if (earlier.customerId !== customerId) return false;
  return isPurchase(earlier)
    ? earlier.tickets.length === quantity && earlier.reference !== undefined
    : earlier.quantity === quantity && earlier.reason === 'offer';
}

/** Decides to take a customer off the waiting list. */
export function leaveWaitingList(
  holdId: string,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<LeaveResult> {
  const refuse = (refusal: LeaveRefusal): Decision<LeaveResult> => [{ kind: 'refused', refusal }, []];
  const now = timeOfDecision(concert, clock);
  if (concert.status === 'unknown') return refuse({ reason: 'unknown-concert' });
  const found = claimOf(concert, holdId, recalled);
  if (found === undefined || isPurchase(found)) return refuse({ reason: 'not-waiting' });
  if (found.status === 'left') return [{ kind: 'left', hold: found, replayed: true }, []];
  if (found.status === 'open' && found.reason === 'offer') {
    return refuse({ reason: 'already-offered', holdId });
  }
  if (found.status !== 'waiting') return refuse({ reason: 'not-waiting' });
  if (concert.status === 'cancelled') return refuse({ reason: 'concert-cancelled' });
  const event: ConcertEvent = {
    type: 'WaitingListLeft',
    data: {
      ...{ concertId: concert.concertId, holdId, customerId: found.customerId },
      ...{ reason: 'request', decidedAt: now },
    },
  };
  const lastRevision = concert.revision + 1n;
  const hold = endedAs('left', found, { until: now, lastRevision });
  return [{ kind: 'left', hold, replayed: false }, [event]];
}
