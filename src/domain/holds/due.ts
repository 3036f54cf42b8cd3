import { type Concert, evolve } from '../concert.js';
import { type Following, offers } from './offers.js';
import { changesWithTime, graceMs, isStockPromised, msUntilNextExpiry, timeOfDecision } from './promised.js';
import { holdEnded } from './release-hold.js';

/** Most events that an append begins with: so many leave most of it to the commands. */
const mostDue = 100;
/** The same once the first of them has been due for longer than `patienceMs`: a crowd of holds has lapsed together. */
const mostOverdue = 250;
const patienceMs = 500;

/**
 * The events that time has made due: expiries, each followed by the offers of the tickets it freed. Every append to a concert
 * begins with them and is decided on the state after them, so that returned tickets are sold in the same append. Bounded: the
 * rest is due in the next append. O(log n) for each event.
 * @param isConfirmedInTime whether a confirmation of this hold arrived in time and still awaits its decision
 */
export function due(
  concert: Concert,
  clock: string,
  isConfirmedInTime: (holdId: string) => boolean = () => false,
): Following {
  if (!isDue(concert, clock)) return { events: [], concert };
  const now = timeOfDecision(concert, clock);
  const dueBefore = Date.parse(now) - graceMs;
  const first = concert.holds.expiries.first()?.order ?? dueBefore;
  const most = dueBefore - first > patienceMs ? mostOverdue : mostDue;
  const offered = offers(concert, now, most);
  const events = [...offered.events];
  let state = offered.concert;
  for (const { order: expiry, id } of concert.holds.expiries) {
    if (events.length >= most || expiry > dueBefore) break;
    const hold = concert.holds.get(id);
    if (hold === undefined || isConfirmedInTime(id)) continue;
    const expired = holdEnded(concert, 'HoldExpired', hold, now);
    const next = offers(evolve(state, expired), now, most - events.length - 1);
    events.push(expired, ...next.events);
    state = next.concert;
  }
  return { events, concert: state };
}

/** Whether an event may be due. O(log n), and next to nothing where no tickets are held and no customers wait. */
export function isDue(concert: Concert, clock: string): boolean {
  if (!changesWithTime(concert)) return false;
  if (concert.status !== 'scheduled' && concert.status !== 'closed') return false;
  const now = timeOfDecision(concert, clock);
  return msUntilNextExpiry(concert, now) === 0 || isStockPromised(concert, now);
}
