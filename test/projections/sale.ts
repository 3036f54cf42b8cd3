import { emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, scheduleConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf, withIds } from '../../src/domain/ids.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { concertTerms } from '../support/services.js';

const START = Date.parse('2026-03-01T10:00:00.000Z');

/** The events of a concert, sold out, by the real deciders: `purchases` of one ticket each, every tenth cancelled at once. */
export function saleOf(concertId: string, purchases: number): readonly ConcertEvent[] {
  const at = (i: number) => new Date(START + i * 10).toISOString();
  const terms = concertTerms(concertId, { capacity: purchases, vipSeats: Math.min(10, purchases) });
  const events: ConcertEvent[] = [...scheduleConcert(terms, emptyConcert(concertId), at(0))[1]];
  let concert = fold(emptyConcert(concertId), events);
  const take = (added: readonly ConcertEvent[]) => {
    events.push(...added);
    concert = fold(concert, added);
  };
  for (let i = 1; i <= purchases; i++) {
    const idempotencyKey = `key-${i}`;
    const purchaseId = purchaseIdOf(concertId, idempotencyKey);
    const command = { purchaseId, customerId: `c${i}`, quantity: 1, idempotencyKey, arrivedAt: at(i) };
    take(purchaseTickets(command, concert, at(i))[1]);
    if (i % 10 === 0) take(cancelPurchase(purchaseId, concert, at(i))[1]);
  }
  return events;
}

/** Appends events from index `from` on, in appends of `perAppend` events. */
export async function record(
  store: EventStore,
  concertId: string,
  events: readonly ConcertEvent[],
  perAppend = 500,
  from = 0,
): Promise<bigint> {
  let revision = BigInt(from) - 1n;
  for (let i = from; i < events.length; i += perAppend) {
    const part = events.slice(i, i + perAppend);
    const batch = withIds({ decisionId: 'recorded', concertId, base: revision, events: part });
    const result = await store.append(concertId, revision, batch);
    if (result.kind !== 'appended') throw new Error(`the append was ${result.kind}`);
    revision = result.revision;
  }
  return revision;
}

export const toRecorded = (concertId: string, events: readonly ConcertEvent[]) =>
  events.map((event, i) => ({ concertId, revision: BigInt(i), event }));
