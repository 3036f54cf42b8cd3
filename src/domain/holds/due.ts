import { type Concert, evolveExpiry } from '../concert.js';
import type { HoldsExpired } from '../events/hold-events.js';
import type { Hold } from './hold.js';
import { type Following, offers } from './offers.js';
import { mostToEnd } from './pace.js';
import { changesWithTime, graceMs, isStockPromised, msUntilNextExpiry, timeOfDecision } from './promised.js';

/** Most events that an append begins with: so many leave most of it to the commands. */
const mostDue = 100;
/** The same once a hold has been due for longer than `patienceMs`: a crowd of holds has lapsed together. */
const mostOverdue = 250;
const patienceMs = 500;
/** Most VIP seats that one event frees. */
const mostSeats = 1_000;

/**
 * The events that time has made due: one expiry of all holds whose time is over, and the offers of the tickets it freed. Every
 * append to a concert begins with them and is decided on the state after them, so that returned tickets are sold in the same
 * append. Bounded: the rest is due in the next append.
 * @param isConfirmedInTime whether a confirmation of this hold arrived in time and still awaits its decision
 */
export function due(
  concert: Concert,
  clock: string,
  isConfirmedInTime: (holdId: string) => boolean = () => false,
): Following {
  if (!isDue(concert, clock)) return { events: [], concert };
  const now = timeOfDecision(concert, clock);
  const first = concert.holds.expiries.first()?.order ?? Number.POSITIVE_INFINITY;
  const most = Date.parse(now) - graceMs - first > patienceMs ? mostOverdue : mostDue;
  const promised = offers(concert, now, most);
  const left = most - promised.events.length - 1;
  // Where customers wait, no more holds end than can be offered at once.
  const mostHolds = promised.concert.holds.waitingList.size === 0 ? mostToEnd(promised.concert, now) : left;
  const lapsed = left < 1 ? [] : lapsedHolds(promised.concert, now, mostHolds, isConfirmedInTime);
  if (lapsed.length === 0) return promised;
  const expired = holdsExpired(concert, lapsed, now);
  const freed = offers(evolveExpiry(promised.concert, expired, lapsed), now, left);
  return { events: [...promised.events, expired, ...freed.events], concert: freed.concert };
}

/** The open holds whose time is over, the first to expire first. */
function lapsedHolds(
  { holds }: Concert,
  now: string,
  most: number,
  isConfirmedInTime: (holdId: string) => boolean,
): readonly Hold[] {
  const lapsed: Hold[] = [];
  let seats = 0;
  for (const { order: expiry, id } of holds.expiries) {
    if (lapsed.length >= most || seats >= mostSeats || expiry > Date.parse(now) - graceMs) break;
    const hold = holds.get(id);
    if (hold === undefined || isConfirmedInTime(id)) continue;
    lapsed.push(hold);
    seats += hold.seats.length;
  }
  return lapsed;
}

/** The event that ends open holds by time. */
export const holdsExpired = (
  { concertId }: Concert,
  lapsed: readonly Hold[],
  decidedAt: string,
): HoldsExpired => ({
  type: 'HoldsExpired',
  data: {
    concertId,
    holdIds: lapsed.map(({ holdId }) => holdId),
    quantity: lapsed.reduce((sum, { quantity }) => sum + quantity, 0),
    seats: lapsed.flatMap(({ seats }) => seats),
    decidedAt,
  },
});

/** Whether an event may be due. O(log n), and next to nothing where no tickets are held and no customers wait. */
export function isDue(concert: Concert, clock: string): boolean {
  if (!changesWithTime(concert)) return false;
  if (concert.status !== 'scheduled' && concert.status !== 'closed') return false;
  const now = timeOfDecision(concert, clock);
  return msUntilNextExpiry(concert, now) === 0 || isStockPromised(concert, now);
}
