import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { EventStore } from '../../src/event-store/event-store.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { concertTerms } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();
const numbered = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** A process in mode optimistic, and how often it has read the log. */
async function seller(namespace = uniqueNamespace()) {
  let reads = 0;
  class CountingStore extends EventStore {
    override read(...args: Parameters<EventStore['read']>) {
      reads += 1;
      return super.read(...args);
    }
  }
  const parts = { EventStore: CountingStore, ConcertLock };
  const side = await writeSide({ namespace, purchaseMode: 'optimistic', parts });
  return { side, namespace, reads: () => reads };
}

it('purchases of one process are an append each, do not conflict, and do not read the log again', async () => {
  const { side, reads } = await seller();
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 1_000 }));
  await side.commands.purchase(request(concertId, 'first'));
  const before = { appends: side.counts.appended, reads: reads() };
  const outcomes = await Promise.all(
    numbered(200, (i) => side.commands.purchase(request(concertId, `customer ${i}`))),
  );
  expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['accepted']));
  expect(side.counts.appended - before.appends).toBe(200);
  expect(side.counts.appendConflicted).toBe(0);
  expect(reads() - before.reads).toBe(0);
});

it('those turned away share a look at the log', async () => {
  const { side, reads } = await seller();
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 1, vipSeats: 0 }));
  await side.commands.purchase(request(concertId, 'ann'));
  const before = reads();
  const outcomes = await Promise.all(
    numbered(300, (i) => side.commands.purchase(request(concertId, `customer ${i}`))),
  );
  expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['sold-out']));
  expect(reads() - before).toBeLessThanOrEqual(2);
});

it('a crowd at the last tickets is sold them and turned away with few reads of the log', async () => {
  const { side, reads } = await seller();
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 20, vipSeats: 0 }));
  const before = reads();
  const outcomes = await Promise.all(
    numbered(500, (i) => side.commands.purchase(request(concertId, `customer ${i}`))),
  );
  expect(outcomes.map(kindOf).filter((kind) => kind === 'accepted')).toHaveLength(20);
  expect(outcomes.map(kindOf).filter((kind) => kind === 'sold-out')).toHaveLength(480);
  expect(reads() - before).toBeLessThanOrEqual(5);
});

it('two processes sell one concert, each from its own memory, and neither refuses on an old one', async () => {
  const { side: one, namespace } = await seller();
  const { side: two } = await seller(namespace);
  const concertId = randomUUID();
  await one.commands.schedule(concertTerms(concertId, { capacity: 30, vipSeats: 3 }));
  const outcomes = await Promise.all(
    numbered(60, (i) => (i % 2 ? one : two).commands.purchase(request(concertId, `customer ${i}`))),
  );
  expect(outcomes.map(kindOf).filter((kind) => kind === 'accepted')).toHaveLength(30);
  expect(outcomes.map(kindOf).filter((kind) => kind === 'sold-out')).toHaveLength(30);
  await one.commands.change(concertId, { capacity: 31 });
  expect(kindOf(await two.commands.purchase(request(concertId, 'late')))).toBe('accepted');
});

it.each(['batch', 'lock', 'lock-cache', 'queue'] as const)(
  'without Redis, a concert of mode %s is sold as in batch, also by two processes at once',
  async (purchaseMode) => {
    const options = { namespace: uniqueNamespace(), purchaseMode, withoutRedis: true };
    const [one, two] = [await writeSide(options), await writeSide(options)];
    const concertId = randomUUID();
    await one.commands.schedule(concertTerms(concertId, { capacity: 30, vipSeats: 3 }));
    const outcomes = await Promise.all(
      numbered(60, (i) => (i % 2 ? one : two).commands.purchase(request(concertId, `customer ${i}`))),
    );
    expect(outcomes.map(kindOf).filter((kind) => kind === 'accepted')).toHaveLength(30);
    expect(outcomes.map(kindOf).filter((kind) => kind === 'sold-out')).toHaveLength(30);
    expect(await one.stock.get(concertId)).toBeNull();
    const refused = await one.commands.schedule(concertTerms(randomUUID(), { purchaseMode: 'queue' }));
    expect(refused).toEqual({
      kind: 'refused',
      refusal: { reason: 'mode-needs-redis', purchaseMode: 'queue' },
    });
  },
);
