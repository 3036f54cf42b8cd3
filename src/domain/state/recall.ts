import { emptyConcert, evolve } from '../concert.js';
import type { ConcertEvent } from '../events/events.js';
import type { Purchase } from './purchase-state.js';

export interface EventAt {
  readonly revision: bigint;
  readonly event: ConcertEvent;
}

export const isOfPurchase = ({ data }: ConcertEvent, purchaseId: string): boolean =>
  'purchaseId' in data && data.purchaseId === purchaseId;

/**
 * Rebuilds a forgotten purchase from its events, in order, as the state would have kept it. Undefined when some of its events are
 * missing.
 */
export function recalled(
  concertId: string,
  purchaseId: string,
  events: readonly EventAt[],
): Purchase | undefined {
  let concert = emptyConcert(concertId);
  for (const { revision, event } of events) {
    concert = evolve({ ...concert, revision: revision - 1n }, event);
  }
  const last = events.at(-1)?.event;
  const purchase = concert.purchases.get(purchaseId);
  if (last?.type !== 'PurchaseCancelled' || purchase?.status !== 'cancelled') return undefined;
  return purchase.tickets.length === last.data.ticketNumbers.length ? purchase : undefined;
}
