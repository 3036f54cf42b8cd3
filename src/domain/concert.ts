import type { ConcertEvent } from './events/events.js';
import { purchaseCancelled, ticketReserved, vipAssigned } from './evolve-purchases.js';
import { type Concert, type ConcertStatus, emptyConcert } from './state/concert-state.js';
import type { Purchase, Ticket } from './state/purchase-state.js';

export type { Concert, ConcertStatus, Purchase, Ticket };
export { emptyConcert };

/**
 * Whether the state may have forgotten a purchase; if so, read it from the log. Rarely true by mistake, never for a kept
 * purchase.
 */
export const mayHaveForgotten = ({ purchases, forgotten }: Concert, purchaseId: string): boolean =>
  forgotten.placesOf(purchaseId).length > 0 && !purchases.has(purchaseId);

/** Purchases ever made. */
export const purchasesMade = ({ purchases, forgotten }: Concert): number => purchases.size + forgotten.count;

/** Tickets still for sale. Negative only if events broke the rules (mode `unsafe` does). */
export const remaining = (concert: Concert): number => concert.capacity - concert.live;

/** VIP seats still to be given out. */
export const vipRemaining = (concert: Concert): number =>
  Math.max(0, concert.vipSeats - concert.lastVipSeat) + concert.freedVipSeats.size;

/** The state after one more event. Events of a stream are contiguous, so each raises the revision by one. */
export function evolve(concert: Concert, event: ConcertEvent): Concert {
  const revision = concert.revision + 1n;
  switch (event.type) {
    case 'ConcertScheduled': {
      const { scheduledAt: _, ...terms } = event.data;
      return { ...concert, ...terms, status: 'scheduled', revision };
    }
    case 'CapacityChanged':
      return { ...concert, capacity: event.data.capacity, revision };
    case 'TicketReserved':
      return ticketReserved({ ...concert, revision }, event.data);
    case 'VipAssigned':
      return vipAssigned({ ...concert, revision }, event.data);
    case 'PurchaseCancelled':
      return purchaseCancelled({ ...concert, revision }, event.data.purchaseId);
    case 'SalesClosed':
      return { ...concert, status: 'closed', revision };
    case 'ConcertCancelled':
      return { ...concert, status: 'cancelled', revision };
  }
}

/** Number of events that are folded before the state is compacted. */
const foldedAtOnce = 1_000;

export const fold = (concert: Concert, events: Iterable<ConcertEvent>): Concert => {
  let state = concert;
  let folded = 0;
  for (const event of events) {
    state = evolve(state, event);
    if (++folded % foldedAtOnce === 0) state = compacted(state);
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
  return purchases === concert.purchases && holdings === concert.holdings
    ? concert
    : { ...concert, purchases, holdings };
}
