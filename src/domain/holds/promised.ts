import type { IndexEntry } from '../collections/ordered-index.js';
import { type Concert, remaining } from '../concert.js';
import { windowRefusal } from '../sales-window.js';

/**
 * Grace period of an open hold after its expiry, in ms. A confirmation that arrived in time may still be in a queue or on its
 * way between processes; its tickets are not sold to another customer meanwhile.
 */
export const graceMs = 500;

/** Whether the stock may change by time alone: tickets are held, or customers wait for some. */
export const changesWithTime = ({ holds }: Concert): boolean =>
  holds.expiries.size > 0 || holds.waitingList.size > 0;

/** The time of a decision: never before any earlier event's, so that a clock that is behind reopens no expired hold. */
export const timeOfDecision = ({ lastEventAt }: Concert, clock: string): string =>
  lastEventAt !== null && Date.parse(lastEventAt) > Date.parse(clock) ? lastEventAt : clock;

/** When the next open hold is due to expire, in ms since 1970; null if none is open or none will be ended by time. */
export function nextExpiryAt({ holds, status }: Concert): number | null {
  const next = status === 'cancelled' ? undefined : holds.expiries.first();
  return next === undefined ? null : next.order + graceMs;
}

/** Time until the next open hold is due to expire, in ms; 0 if it is overdue, null if none is open. */
export function msUntilNextExpiry(concert: Concert, now: string): number | null {
  const next = concert.holds.expiries.first();
  return next === undefined ? null : Math.max(0, next.order + graceMs - Date.parse(now));
}

/** The first waiting hold for which there are enough tickets, if any can be offered now. */
export function nextToOffer(concert: Concert, now: string): IndexEntry | undefined {
  const { holds, waitingList, offerSeconds } = concert;
  if (!waitingList || offerSeconds === null || holds.waitingList.size === 0) return undefined;
  const next = holds.waitingList.firstWithin(remaining(concert));
  return next !== undefined && windowRefusal(concert, now) === undefined ? next : undefined;
}

/** Whether a waiting hold will be offered the stock next: until then it is not for sale. */
export const isStockPromised = (concert: Concert, now: string): boolean =>
  nextToOffer(concert, now) !== undefined;
