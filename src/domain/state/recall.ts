import { emptyConcert, evolve } from '../concert.js';
import { type ConcertEvent, claimIdsOf } from '../events/events.js';
import { type Hold, hasEnded } from '../holds/hold.js';
import type { Place } from './forgotten-run.js';
import type { Purchase } from './purchase-state.js';

/** What a state may have forgotten: a cancelled purchase, or a hold that ended. */
export type Recalled = Purchase | Hold;

export const isPurchase = (found: Recalled | undefined): found is Purchase =>
  found !== undefined && 'purchaseId' in found;

export const isHold = (found: Recalled | undefined): found is Hold =>
  found !== undefined && 'holdId' in found;

export interface EventAt {
  readonly revision: bigint;
  readonly event: ConcertEvent;
}

/** Whether the event is one of the purchase, or the hold, with this id. */
export const isOf = (event: ConcertEvent, id: string): boolean => claimIdsOf(event).includes(id);

/** Revisions that can be read in one piece. */
export interface Range {
  readonly from: bigint;
  readonly count: number;
}

/**
 * Where the events are that a forgotten purchase or hold began with, if they were appended together.
 * @param end its last event
 */
export function beginningOf(end: ConcertEvent, { began }: Place): Range {
  if (end.type !== 'PurchaseCancelled') return { from: began, count: 1 };
  const { ticketNumbers, seats } = end.data;
  // A purchase that was held before begins with its confirmation.
  const count = ticketNumbers.length + seats.length + 1;
  return { from: began - BigInt(count - 1), count };
}

/**
 * Rebuilds a forgotten purchase or hold from its events, in order, as the state would have kept it. Undefined when some of its
 * events are missing.
 */
export function recalled(concertId: string, id: string, events: readonly EventAt[]): Recalled | undefined {
  let concert = emptyConcert(concertId);
  for (const { revision, event } of events) {
    concert = evolve({ ...concert, revision: revision - 1n }, event);
  }
  const last = events.at(-1)?.event;
  if (last?.type !== 'PurchaseCancelled') {
    const hold = concert.holds.get(id);
    return hold !== undefined && hasEnded(hold) ? hold : undefined;
  }
  const purchase = concert.purchases.get(id);
  if (purchase?.status !== 'cancelled') return undefined;
  return purchase.tickets.length === last.data.ticketNumbers.length ? purchase : undefined;
}
