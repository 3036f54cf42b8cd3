import { randomUUID } from 'node:crypto';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { withIds } from '../../src/domain/ids.js';
import type { EventStore } from '../../src/event-store/event-store.js';

const perAppend = 500;
const perConcert = 100_000;
const vipSeats = 10;

/** Writes a log of so many events, as sales of single tickets would have left it: several concerts, one after the other. */
export async function writeLog(store: EventStore, events: number): Promise<void> {
  for (let left = events; left > 0; left -= perConcert) {
    await writeConcert(store, randomUUID(), Math.min(left, perConcert));
  }
}

/** Appends a concert of so many events, sold to the last ticket. */
export async function writeConcert(store: EventStore, concertId: string, count: number): Promise<void> {
  const log = concertEvents(concertId, count);
  for (let from = 0; from < log.length; from += perAppend) {
    const base = BigInt(from - 1);
    const events = log.slice(from, from + perAppend);
    const page = withIds({ decisionId: 'generated', concertId, base, events });
    const result = await store.append(concertId, base, page);
    if (result.kind !== 'appended') throw new Error(`writing the log: ${result.kind}`);
  }
}

function concertEvents(concertId: string, count: number): ConcertEvent[] {
  const time = (ticket: number) => new Date(Date.UTC(2030, 0, 1) + ticket).toISOString();
  const scheduled: ConcertEvent = {
    type: 'ConcertScheduled',
    data: {
      concertId,
      name: 'Replayed',
      capacity: count,
      vipSeats,
      ticketsPerCustomer: 1,
      salesOpenAt: null,
      salesCloseAt: null,
      startsAt: null,
      purchaseMode: null,
      scheduledAt: time(0),
    },
  };
  const log: ConcertEvent[] = [scheduled];
  for (let ticketNumber = 1; log.length < count; ticketNumber++) {
    const [purchaseId, customerId, idempotencyKey] = [randomUUID(), randomUUID(), randomUUID()];
    const arrivedAt = time(ticketNumber);
    const data = { concertId, purchaseId, customerId, ticketNumber };
    const reserved: ConcertEvent = {
      type: 'TicketReserved',
      data: { ...data, idempotencyKey, arrivedAt, decidedAt: arrivedAt },
    };
    log.push(reserved);
    if (ticketNumber > vipSeats || log.length === count) continue;
    const seat: ConcertEvent = { type: 'VipAssigned', data: { ...data, seat: `VIP-${ticketNumber}` } };
    log.push(seat);
  }
  return log;
}
