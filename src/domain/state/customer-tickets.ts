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

/** The same for many customers. */
export function withChanges(
  counts: LayeredMap<number>,
  changes: ReadonlyMap<string, number>,
): LayeredMap<number> {
  const changed = new Map<string, number>();
  const withNone: string[] = [];
  for (const [customerId, more] of changes) {
    const before = counts.get(customerId);
    const tickets = (before ?? 0) + more;
    if (tickets > 0) changed.set(customerId, tickets);
    else if (before !== undefined) withNone.push(customerId);
  }
  return counts.changed(changed).withoutPresent(withNone);
}
