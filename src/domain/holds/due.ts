import { type Concert, evolve } from '../concert.js';
import { type Following, offers } from './offers.js';
import { graceMs, isStockPromised, msUntilNextExpiry, timeOfDecision } from './promised.js';
import { holdEnded } from './release-hold.js';

/** Events that one append begins with at most, give or take the offers of the last hold that expires. */
const mostDue = 200;

/**
 * What time has made due: expiries, each followed by the offers of what it freed. Whoever appends to a concert puts these first and
 * decides on the state after them, so that what has come back is sold in the very same append. Bounded: what remains is due in the
 * next one. O(log n) for each event.
 * @param isConfirmedInTime whether a confirmation of this hold arrived in time and is only waiting to be decided
 */
export function due(
  concert: Concert,
  clock: string,
  isConfirmedInTime: (holdId: string) => boolean = () => false,
): Following {
  if (!isDue(concert, clock)) return { events: [], concert };
  const now = timeOfDecision(concert, clock);
  const offered = offers(concert, now, mostDue);
  const events = [...offered.events];
  let state = offered.concert;
  for (const { order: expiry, id } of concert.holds.expiries) {
    if (events.length >= mostDue || expiry + graceMs > Date.parse(now)) break;
    const hold = concert.holds.get(id);
    if (hold === undefined || isConfirmedInTime(id)) continue;
    const expired = holdEnded(concert, 'HoldExpired', hold, now);
    const next = offers(evolve(state, expired), now);
    events.push(expired, ...next.events);
    state = next.concert;
  }
  return { events, concert: state };
}

/** Whether there may be something due. Costs next to nothing. */
export function isDue(concert: Concert, clock: string): boolean {
  if (concert.status !== 'scheduled' && concert.status !== 'closed') return false;
  const now = timeOfDecision(concert, clock);
  return msUntilNextExpiry(concert, now) === 0 || isStockPromised(concert, now);
}
