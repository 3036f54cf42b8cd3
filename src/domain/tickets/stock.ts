import { type Concert, remaining } from '../concert.js';
import { isStockPromised, msUntilNextExpiry } from '../holds/promised.js';

/** Why a customer cannot have that many tickets. */
export type StockRefusal =
  | { readonly reason: 'sold-out' }
  /** None is left, but not all are sold: `held` are, or will be, on hold for others, and may come back. */
  | { readonly reason: 'all-held'; readonly held: number; readonly retryAfterSeconds: number }
  | { readonly reason: 'not-enough-left'; readonly remaining: number }
  | { readonly reason: 'limit-reached'; readonly limit: number; readonly held: number };

/** Undefined if the customer may have that many tickets and they are for sale now. Stock promised to the waiting list is not. */
export function stockRefusal(
  concert: Concert,
  customerId: string,
  quantity: number,
  now: string,
): StockRefusal | undefined {
  const left = isStockPromised(concert, now) ? 0 : remaining(concert);
  if (left <= 0) return noneLeft(concert, now);
  const held = concert.holdings.get(customerId) ?? 0;
  const { ticketsPerCustomer: limit } = concert;
  if (held + quantity > limit) return { reason: 'limit-reached', limit, held };
  return left < quantity ? { reason: 'not-enough-left', remaining: left } : undefined;
}

function noneLeft(concert: Concert, now: string): StockRefusal {
  const held = concert.capacity - concert.live;
  if (held <= 0) return { reason: 'sold-out' };
  const wait = msUntilNextExpiry(concert, now) ?? 0;
  return { reason: 'all-held', held, retryAfterSeconds: Math.max(1, Math.ceil(wait / 1_000)) };
}
