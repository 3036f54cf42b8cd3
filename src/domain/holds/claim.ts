import type { Concert } from '../concert.js';
import { isBefore } from '../sales-window.js';
import type { Recalled } from '../state/recall.js';
import type { Hold } from './hold.js';

/**
 * The purchase or hold with this id: a purchase if a hold became one.
 * @param recalled the purchase or hold with this id, read from the log because the state `mayHaveForgotten` it
 */
export const claimOf = (
  { purchases, holds }: Concert,
  holdId: string,
  recalled: Recalled | undefined,
): Recalled | undefined => purchases.get(holdId) ?? holds.get(holdId) ?? recalled;

/**
 * Whether a request for an open hold is in time: it arrived before the expiry, so that waiting for its decision costs no
 * customer the tickets, or is decided before it, whatever the clock of the process that accepted it said.
 */
export const isInTime = ({ until }: Hold, arrivedAt: string, now: string): boolean =>
  isBefore(arrivedAt, until) || isBefore(now, until);
