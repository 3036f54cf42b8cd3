import { type Concert, evolve } from '../concert.js';
import type { ConcertEvent } from '../events/events.js';
import { held } from './hold-tickets.js';
import { nextToOffer, timeOfDecision } from './promised.js';

/** Limit of offer events in one append. The remaining stock stays promised to the waiting list. */
const mostOffers = 200;

/** Events that follow a state, and the state after them. */
export interface Following {
  readonly events: readonly ConcertEvent[];
  readonly concert: Concert;
}

/**
 * The events that offer the stock to the waiting list, first come, first served among the customers for whom there is enough. A
 * customer whom an offer would bring over the limit loses the place. O(log n) for each event.
 */
export function offers(concert: Concert, clock: string, most = mostOffers): Following {
  const now = timeOfDecision(concert, clock);
  const events: ConcertEvent[] = [];
  let state = concert;
  while (events.length < most) {
    const event = offerOf(state, now);
    if (event === undefined) break;
    events.push(event);
    state = evolve(state, event);
  }
  return { events, concert: state };
}

function offerOf(concert: Concert, now: string): ConcertEvent | undefined {
  const { concertId, offerSeconds, holdings, ticketsPerCustomer } = concert;
  const place = nextToOffer(concert, now);
  const waiting = place && concert.holds.get(place.id);
  if (waiting === undefined || offerSeconds === null) return undefined;
  const { holdId, customerId, quantity, since: arrivedAt } = waiting;
  if ((holdings.get(customerId) ?? 0) + quantity > ticketsPerCustomer) {
    return {
      type: 'WaitingListLeft',
      data: { concertId, holdId, customerId, reason: 'limit-reached', decidedAt: now },
    };
  }
  return held(concert, { ...waiting, arrivedAt }, 'offer', offerSeconds, now).event;
}
