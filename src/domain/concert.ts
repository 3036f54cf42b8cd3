import { type ConcertEvent, type ConcertScheduled, timeOf, weightOf } from './events/events.js';
import type { HoldsExpired } from './events/hold-events.js';
import { purchaseCancelled, ticketReserved, vipAssigned } from './evolve-purchases.js';
import { evolveHolds, returned } from './holds/evolve-holds.js';
import type { Hold } from './holds/hold.js';
import { type Concert, type ConcertStatus, emptyConcert } from './state/concert-state.js';
import type { Purchase, Ticket } from './state/purchase-state.js';

export type { Concert, ConcertStatus, Purchase, Ticket };
export { emptyConcert };

/**
 * Whether the state may have forgotten the purchase or hold with this id; if so, read it from the log. Rarely true by mistake,
 * never for one that is kept.
 */
export const mayHaveForgotten = ({ purchases, holds, forgotten }: Concert, id: string): boolean =>
  forgotten.placesOf(id).length > 0 && !purchases.has(id) && !holds.has(id);

/** Purchases ever made. */
export const purchasesMade = ({ purchases, forgotten }: Concert): number =>
  purchases.size + forgotten.count - forgotten.holds;

/** Tickets neither sold nor held. Negative only if events broke the rules (mode `unsafe` does). */
export const remaining = (concert: Concert): number => concert.capacity - concert.live - concert.holds.held;

/** VIP seats still to be given out. */
export const vipRemaining = (concert: Concert): number =>
  Math.max(0, concert.vipSeats - concert.lastVipSeat) + concert.freedVipSeats.size;

/** The state after one more event. Events of a stream are contiguous, so each raises the revision by one. */
export const evolve = (concert: Concert, event: ConcertEvent): Concert =>
  applied(advanced(concert, event), event);

/** The same for an expiry. @param open the holds that it ends, as read from this state: a crowd is not read twice */
export const evolveExpiry = (concert: Concert, event: HoldsExpired, open: readonly Hold[]): Concert =>
  returned(advanced(concert, event), event, open);

const advanced = (concert: Concert, event: ConcertEvent): Concert => ({
  ...concert,
  revision: concert.revision + 1n,
  lastEventAt: later(concert.lastEventAt, timeOf(event)),
});

/** @param concert the state before the event, with the revision and time after it */
function applied(concert: Concert, event: ConcertEvent): Concert {
  switch (event.type) {
    case 'ConcertScheduled':
      return { ...concert, ...termsOf(event.data), status: 'scheduled' };
    case 'CapacityChanged':
      return { ...concert, capacity: event.data.capacity };
    case 'HoldTermsChanged': {
      const { holdSeconds, waitingList, offerSeconds } = event.data;
      return { ...concert, holdSeconds, waitingList, offerSeconds };
    }
    case 'TicketReserved':
      return ticketReserved(concert, event.data);
    case 'VipAssigned':
      return vipAssigned(concert, event.data);
    case 'PurchaseCancelled':
      return purchaseCancelled(concert, event.data.purchaseId);
    case 'SalesClosed':
      return { ...concert, status: 'closed' };
    case 'ConcertCancelled':
      return { ...concert, status: 'cancelled' };
    default:
      return evolveHolds(concert, event);
  }
}

/** Terms missing in events of older versions default to a concert without holds. */
function termsOf({ scheduledAt: _, ...terms }: ConcertScheduled['data']) {
  const { holdSeconds = null, waitingList = false, offerSeconds = null } = terms;
  return { ...terms, holdSeconds, waitingList, offerSeconds };
}

function later(time: string | null, other: string | null): string | null {
  if (time === null || other === null || time === other) return time ?? other;
  return Date.parse(other) > Date.parse(time) ? other : time;
}

/** Number of events that are folded before the state is compacted. */
const foldedAtOnce = 1_000;

export const fold = (concert: Concert, events: Iterable<ConcertEvent>): Concert => {
  let state = concert;
  let folded = 0;
  for (const event of events) {
    state = evolve(state, event);
    folded += weightOf(event);
    if (folded < foldedAtOnce) continue;
    state = compacted(state);
    folded = 0;
  }
  return state;
};

/**
 * The same state in less memory, for a state that is kept. Cheap when there is little to gain, so it may be called often.
 * @param former an earlier compacted state of the same log, if any; what it has packed is not packed again
 */
export function compacted(concert: Concert, former?: Concert): Concert {
  const purchases = concert.purchases.compacted(former?.purchases);
  const holdings = concert.holdings.compacted(former?.holdings);
  const holds = concert.holds.compacted(former?.holds);
  const isSame = purchases === concert.purchases && holdings === concert.holdings && holds === concert.holds;
  return isSame ? concert : { ...concert, purchases, holdings, holds };
}
