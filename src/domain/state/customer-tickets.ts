import type { LayeredMap } from '../collections/layered-map.js';

/** Counts of tickets by customer, with `more` for one; a customer without any is absent. */
export function withTickets(
  counts: LayeredMap<number>,
  customerId: string,
  more: number,
): LayeredMap<number> {
  const tickets = (counts.get(customerId) ?? 0) + more;
  return tickets > 0 ? counts.set(customerId, tickets) : counts.delete(customerId);
}
