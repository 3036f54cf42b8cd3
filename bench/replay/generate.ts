import { compacted, emptyConcert, evolve } from '../../src/domain/concert.js';
import { cancelPurchase, scheduleConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { concertIdOf, purchaseIdOf, withIds } from '../../src/domain/ids.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import type { EventStore } from '../../src/event-store/event-store.js';

const perAppend = 500;
const cancelEvery = 10;
const start = Date.parse('2026-03-01T10:00:00.000Z');

/**
 * Writes about `events` events of a concert directly to the log, decided by the real deciders: purchases of one ticket, every
 * tenth cancelled later. `left` tickets remain.
 * @returns the concert's id
 */
export async function generateConcert(
  store: Pick<EventStore, 'append'>,
  name: string,
  { events, left }: { events: number; left: number },
): Promise<string> {
  const concertId = concertIdOf(name);
  let concert = emptyConcert(concertId);
  let appended = -1n;
  let pending: ConcertEvent[] = [];
  const take = (added: readonly ConcertEvent[]) => {
    for (const event of added) {
      pending.push(event);
      concert = evolve(concert, event);
    }
  };
  const flush = async () => {
    const batch = withIds({ decisionId: name, concertId, base: appended, events: pending });
    const result = await store.append(concertId, appended, batch);
    if (result.kind !== 'appended') throw new Error(`the append was ${result.kind}`);
    appended = result.revision;
    pending = [];
    concert = compacted(concert);
  };
  const capacity = Math.ceil(events * 0.83) + left;
  const terms = { concertId, name, capacity, vipSeats: 100, ticketsPerCustomer: 2, purchaseMode: null };
  const window = { salesOpenAt: null, salesCloseAt: null, startsAt: null };
  take(scheduleConcert({ ...terms, ...window }, concert, new Date(start).toISOString())[1]);
  for (let i = 1; Number(concert.revision) + 1 < events; i += 1) {
    const at = new Date(start + i).toISOString();
    const idempotencyKey = `order-${i}-of-a-customer`;
    const purchaseId = purchaseIdOf(concertId, idempotencyKey);
    const asked = { purchaseId, customerId: `customer-${i}`, idempotencyKey, arrivedAt: at };
    take(purchaseTickets({ ...asked, quantity: 1 }, concert, at)[1]);
    const regretted = purchaseIdOf(concertId, `order-${i - 5}-of-a-customer`);
    if (i % cancelEvery === 0) take(cancelPurchase(regretted, concert, at)[1]);
    if (pending.length >= perAppend - 5) await flush();
  }
  await flush();
  return concertId;
}
