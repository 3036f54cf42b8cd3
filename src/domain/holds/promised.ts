import { type Concert, remaining } from '../concert.js';
import { windowRefusal } from '../sales-window.js';
import type { IndexEntry } from '../state/ordered-index.js';

/**
 * How long after its expiry an open hold is left alone, in ms. A confirmation that arrived in time has as long to get through the
 * line and from process to process, before what it confirms is sold to somebody else.
 */
export const graceMs = 500;

/** The time of a decision: no earlier than any event's so far, so a clock that is behind brings no lapsed hold back. */
export const timeOfDecision = ({ lastEventAt }: Concert, clock: string): string =>
  lastEventAt !== null && Date.parse(lastEventAt) > Date.parse(clock) ? lastEventAt : clock;

/** How long until the next open hold is due to expire, in ms; 0 if it is overdue, null if none is open. */
export function msUntilNextExpiry(concert: Concert, now: string): number | null {
  const next = concert.holds.expiries.first();
  return next === undefined ? null : Math.max(0, next.order + graceMs - Date.parse(now));
}

/** The first in the waiting list for whom there are enough tickets, if any can be offered now. */
export function nextToOffer(concert: Concert, now: string): IndexEntry | undefined {
  const { holds, waitingList, offerSeconds } = concert;
  if (!waitingList || offerSeconds === null || holds.waitingList.size === 0) return undefined;
  const next = holds.waitingList.firstWithin(remaining(concert));
  return next !== undefined && windowRefusal(concert, now) === undefined ? next : undefined;
}

/** Whether somebody waits for tickets that are in the stock: they are offered next, and are nobody else's until then. */
export const isStockPromised = (concert: Concert, now: string): boolean =>
  nextToOffer(concert, now) !== undefined;
