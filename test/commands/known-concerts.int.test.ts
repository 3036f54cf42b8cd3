import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ConcertLog } from '../../src/commands/state/concert-log.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { record, saleOf } from '../projections/sale.js';
import { concertTerms, type WriteSideOptions } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();
const numbered = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/**
 * A write side that counts the events it reads, but for single ones, and for the one that each read begins with to see that the
 * log still has it. A read that has its pages ends when `held` resolves.
 */
async function counting(more: Partial<WriteSideOptions> = {}, held: Promise<void> = Promise.resolve()) {
  const read = { events: 0 };
  class Counting extends EventStore {
    override async *read(...asked: Parameters<EventStore['read']>) {
      for await (const page of super.read(...asked)) {
        if (asked[2] !== 1)
          read.events += page.filter(({ revision }) => revision !== asked[1] || revision === 0n).length;
        yield page;
      }
      await held;
    }
  }
  const side = await writeSide({
    namespace: uniqueNamespace(),
    purchaseMode: 'batch',
    parts: { EventStore: Counting },
    ...more,
  });
  return { ...side, read };
}

it('thirty who ask at once about a concert that is not known cost one read of it, and who asks later none', async () => {
  const side = await counting();
  const events = saleOf('big', 20_000);
  await record(side.store, 'big', events);
  const concerts = await Promise.all(numbered(30, () => side.commands.load('big')));
  expect(new Set(concerts.map(({ revision }) => Number(revision)))).toEqual(new Set([events.length - 1]));
  expect((await side.commands.load('big')).revision).toBe(BigInt(events.length - 1));
  expect(side.read.events).toBe(events.length);
});

it('what was appended before a load began is in it, whatever read is under way', async () => {
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const side = await counting({}, held);
  const events = saleOf('growing', 3_000);
  await record(side.store, 'growing', events.slice(0, 1_000));
  const early = side.commands.load('growing');
  await until(() => side.read.events === 1_000, 'the read of what there is');
  const revision = await record(side.store, 'growing', events, 500, 1_000);
  const late = numbered(5, () => side.commands.load('growing'));
  letGo();
  for (const concert of await Promise.all(late)) expect(concert.revision).toBe(revision);
  expect((await early).revision).toBe(999n);
});

it('a concert larger than the bound is kept while it is in use, which is told once', async () => {
  const side = await counting({ maxPurchasesInMemory: 100 });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 1_000 }));
  for (let round = 0; round < 8; round++) {
    const asked = numbered(40, (i) => request(concertId, `customer ${round}/${i}`));
    const outcomes = await Promise.all(asked.map((one) => side.commands.purchase(one)));
    expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['accepted']));
  }
  expect((await side.commands.load(concertId)).purchases.size).toBe(320);
  expect(side.read.events).toBe(0);
  expect(side.counts.concertExceededMemory).toBe(1);
});

it('a long fold lets other work run in between', async () => {
  const events = saleOf('c1', 3_500).map((event, i) => ({
    ...{ id: randomUUID(), concertId: 'c1', type: event.type, revision: BigInt(i), position: null },
    ...{ recordedAt: new Date(0), decoded: { ok: true, event } as const, data: event.data, metadata: {} },
  }));
  class OnePage extends EventStore {
    override async *read() {
      yield events;
    }
  }
  const store = new OnePage({
    connectionString: 'esdb://127.0.0.1:9?tls=false',
    namespace: '',
    append: { attemptMs: 1, totalMs: 1 },
    readPatienceMs: 0,
  });
  let turns = 0;
  let done = false;
  const turn = () => {
    turns++;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  const concert = await new ConcertLog(store).fold('c1');
  done = true;
  expect(concert.revision).toBe(BigInt(events.length - 1));
  expect(turns).toBeGreaterThanOrEqual(3);
  await store.close();
});
