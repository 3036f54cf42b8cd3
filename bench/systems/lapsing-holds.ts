import { randomUUID } from 'node:crypto';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf, withIds } from '../../src/domain/ids.js';
import type { EventStore } from '../../src/event-store/event-store.js';

const eventsPerAppend = 500;

/**
 * Writes the log of a concert with so many open holds of one ticket each, all of which lapse within one second: no crowd could make
 * them lapse together, since each hold lasts as long as any other.
 * @param from when the first lapses
 * @returns the concert's id
 */
export async function writeLapsingHolds(
  store: EventStore,
  terms: { readonly capacity: number; readonly holds: number },
  from: Date,
): Promise<string> {
  const concertId = randomUUID();
  const { capacity, holds } = terms;
  const at = new Date().toISOString();
  const scheduled: ConcertEvent = {
    type: 'ConcertScheduled',
    data: {
      ...{ concertId, name: 'Lapsing', capacity, vipSeats: 0, ticketsPerCustomer: 1 },
      ...{ salesOpenAt: null, salesCloseAt: null, startsAt: null, purchaseMode: null },
      ...{ holdSeconds: 600, waitingList: false, offerSeconds: null, scheduledAt: at },
    },
  };
  let events: ConcertEvent[] = [scheduled];
  let base = -1n;
  const flush = async (): Promise<void> => {
    const batch = withIds({ decisionId: randomUUID(), concertId, base, events });
    const result = await store.append(concertId, base, batch);
    if (result.kind !== 'appended') throw new Error(`the log could not be written: ${result.kind}`);
    base += BigInt(events.length);
    events = [];
  };
  for (let i = 0; i < holds; i++) {
    const customerId = `holder-${i}`;
    const expiresAt = new Date(from.getTime() + (i * 1_000) / holds).toISOString();
    const hold = {
      ...{ concertId, holdId: purchaseIdOf(concertId, customerId), customerId, idempotencyKey: customerId },
      ...{ quantity: 1, seats: [], reason: 'request' as const, expiresAt, arrivedAt: at, decidedAt: at },
    };
    events.push({ type: 'TicketsHeld', data: hold });
    if (events.length === eventsPerAppend) await flush();
  }
  await flush();
  return concertId;
}
