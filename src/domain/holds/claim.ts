import type { Concert } from '../concert.js';
import { isBefore } from '../sales-window.js';
import type { Recalled } from '../state/recall.js';
import type { Hold } from './hold.js';

/**
 * What has this id: the purchase that a hold became, or the hold.
 * @param recalled the purchase or hold with this id, read from the log because the state `mayHaveForgotten` it
 */
export const claimOf = (
  { purchases, holds }: Concert,
  holdId: string,
  recalled: Recalled | undefined,
): Recalled | undefined => purchases.get(holdId) ?? holds.get(holdId) ?? recalled;

/**
 * Whether a request for an open hold is in time: it arrived before the expiry, so that a wait in a line costs nobody the tickets, or
 * is decided before it, whatever the clock of the process that took it said.
 */
export const isInTime = ({ until }: Hold, arrivedAt: string, now: string): boolean =>
  isBefore(arrivedAt, until) || isBefore(now, until);
