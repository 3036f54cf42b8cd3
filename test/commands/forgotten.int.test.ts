import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it, vi } from 'vitest';
import { compacted, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, scheduleConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { record } from '../projections/sale.js';
import { concertTerms } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { request, writeSides } from './support.js';

const writeSide = writeSides();
const at = '2026-03-01T10:00:00.000Z';

/** One ticket, bought and cancelled again and again: so often that the first purchases are forgotten. */
function cyclesOf(concertId: string, cycles: number): ConcertEvent[] {
  const events: ConcertEvent[] = [];
  let concert = emptyConcert(concertId);
  const add = (added: readonly ConcertEvent[]) => {
    events.push(...added);
    concert = compacted(fold(concert, added));
  };
  const terms = concertTerms(concertId, { capacity: 1, vipSeats: 0 });
  add(scheduleConcert(terms, concert, at)[1]);
  for (let i = 1; i <= cycles; i++) {
    const { customerId, idempotencyKey } = request(concertId, `customer ${i}`);
    const purchaseId = purchaseIdOf(concertId, idempotencyKey);
    const command = { purchaseId, customerId, quantity: 1, idempotencyKey, arrivedAt: at };
    add(purchaseTickets(command, concert, at)[1]);
    add(cancelPurchase(purchaseId, concert, at)[1]);
  }
  return events;
}

const namespace = uniqueNamespace();
const concertId = randomUUID();

beforeAll(async () => {
  const side = await writeSide({ namespace, purchaseMode: 'batch' });
  await record(side.store, concertId, cyclesOf(concertId, 4_700));
});

it.each(['batch', 'queue', 'lock-cache', 'optimistic', 'lock'] as const)(
  'what memory has forgotten is answered from the log in mode %s',
  async (purchaseMode) => {
    const side = await writeSide({ namespace, purchaseMode });
    const concert = await side.commands.load(concertId);
    expect(concert.forgotten.count).toBe(512);
    const again = request(concertId, 'customer 7');
    const purchaseId = purchaseIdOf(concertId, again.idempotencyKey);
    expect(concert.purchases.has(purchaseId)).toBe(false);
    const purchase = {
      ...{ purchaseId, customerId: 'customer 7', idempotencyKey: 'key of customer 7', status: 'cancelled' },
      ...{ tickets: [{ number: 7, seat: null }], revision: 13n, lastRevision: 14n },
    };
    expect(await side.commands.find(concert, purchaseId)).toEqual(purchase);
    expect(await side.commands.purchase(again)).toEqual({ kind: 'replayed', purchase });
    expect(await side.commands.cancelPurchase(concertId, purchaseId)).toMatchObject({
      ...{ kind: 'cancelled', purchase },
    });
    expect(await side.commands.purchase({ ...again, customerId: 'eve' })).toEqual({
      ...{ kind: 'refused', refusal: { reason: 'key-reused' } },
    });
    expect((await side.commands.load(concertId)).revision).toBe(concert.revision);
  },
  60_000,
);

it('a buyer who leaves the queue with a key that memory has forgotten is told that it was used', async () => {
  const side = await writeSide({ namespace, purchaseMode: 'queue' });
  const join = side.queue.join.bind(side.queue);
  vi.spyOn(side.queue, 'join').mockImplementation(async (...entry) => {
    await join(...entry);
    throw new Error('the answer of Redis was lost');
  });
  const again = { ...request(concertId, 'customer 7'), customerId: 'eve' };
  expect(await side.commands.purchase(again)).toEqual({
    ...{ kind: 'refused', refusal: { reason: 'key-reused' } },
  });
});
