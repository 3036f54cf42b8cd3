import type { Concert } from './state/concert-state.js';

/** Why tickets of a concert cannot be had at a time. */
export type WindowRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'concert-cancelled' }
  | { readonly reason: 'sales-closed' }
  | { readonly reason: 'not-on-sale-yet'; readonly salesOpenAt: string };

/** @param at the arrival of the request: a wait in a queue never costs a buyer the purchase */
export function windowRefusal(concert: Concert, at: string): WindowRefusal | undefined {
  if (concert.status === 'unknown') return { reason: 'unknown-concert' };
  if (concert.status === 'cancelled') return { reason: 'concert-cancelled' };
  if (concert.status === 'closed') return { reason: 'sales-closed' };
  const { salesOpenAt, salesCloseAt } = concert;
  if (salesOpenAt !== null && isBefore(at, salesOpenAt)) return { reason: 'not-on-sale-yet', salesOpenAt };
  if (salesCloseAt !== null && !isBefore(at, salesCloseAt)) return { reason: 'sales-closed' };
  return undefined;
}

export const isBefore = (time: string, other: string): boolean => Date.parse(time) < Date.parse(other);
