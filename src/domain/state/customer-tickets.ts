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
  const changed = new Map<string, number | undefined>();
  for (const [customerId, more] of changes) {
    const tickets = (counts.get(customerId) ?? 0) + more;
    changed.set(customerId, tickets > 0 ? tickets : undefined);
  }
  return counts.changed(changed);
}
