import { on, once } from 'node:events';
import {
  type AllStreamSubscription,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  type Position,
  type ResolvedEvent,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collect, idsOf, newStream, noted, ofUsers, revisionsOf } from './support/events.js';
import { openTestPostgres, startTestStore, type TestPostgres, type TestStore } from './support/store.js';

let postgres: TestPostgres;
let store: TestStore;
let client: EventStoreDBClient;

beforeAll(async () => {
  postgres = await openTestPostgres();
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
  store = await startTestStore({ postgresUrl: await postgres.database() });
  client = store.connect();
});
afterEach(() => store?.stop());

const ids = (events: { id: string }[]) => events.map(({ id }) => id);

describe('of a stream', () => {
  test('from the start: confirmed, what there is, caught up once, then what comes', async () => {
    const stream = newStream();
    const [past, next, last] = [noted(700), noted(40), noted(1)];
    await client.appendToStream(stream, past);
    await client.appendToStream(newStream(), noted(5));
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const seen: string[] = [];
    subscription
      .on('confirmation', () => seen.push('confirmed'))
      .on('caughtUp', () => seen.push('caught up'));
    const events: ResolvedEvent[] = [];
    for await (const event of subscription) {
      if (events.length === 0) seen.push('first');
      events.push(event);
      if (events.length === past.length) {
        await client.appendToStream(newStream(), noted(3));
        await client.appendToStream(stream, next);
        await client.appendToStream(stream, last);
      }
      if (event.event?.id === last[0]?.id) break;
    }
    expect(idsOf(events)).toEqual(ids([...past, ...next, ...last]));
    expect(revisionsOf(events)).toEqual(events.map((_, index) => BigInt(index)));
    expect(seen).toEqual(['confirmed', 'first', 'caught up']);
  });

  test('misses and repeats nothing that is appended while history is read, page by page', async () => {
    const stream = newStream();
    await client.appendToStream(stream, noted(1_500));
    const subscription = client.subscribeToStream(stream, { fromRevision: START }, { highWaterMark: 1 });
    const events: ResolvedEvent[] = [];
    const reading = (async () => {
      for await (const event of subscription) if (events.push(event) === 2_000) return;
    })();
    for (let round = 0; round < 100; round++) {
      await client.appendToStream(stream, noted(5));
      await client.appendToStream(newStream(), noted(1));
    }
    await reading;
    expect(revisionsOf(events)).toEqual(events.map((_, index) => BigInt(index)));
  });

  test('from a revision on, itself left out, even one that is not there yet', async () => {
    const stream = newStream();
    await client.appendToStream(stream, noted(5));
    const after2 = client.subscribeToStream(stream, { fromRevision: 2n });
    expect(revisionsOf(await collect(after2, 2))).toEqual([3n, 4n]);
    const after6 = client.subscribeToStream(stream, { fromRevision: 6n });
    await once(after6, 'caughtUp');
    await client.appendToStream(stream, noted(3));
    expect(revisionsOf(await collect(after6, 1))).toEqual([7n]);
  });

  test('from the end: only what comes', async () => {
    const stream = newStream();
    await client.appendToStream(stream, noted(5));
    const subscription = client.subscribeToStream(stream, { fromRevision: END });
    await once(subscription, 'caughtUp');
    const next = noted(2);
    await client.appendToStream(stream, next);
    expect(idsOf(await collect(subscription, 2))).toEqual(ids(next));
  });

  test('that does not exist yet: confirmed, and caught up only once it does', async () => {
    const stream = newStream();
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    let caughtUp = false;
    subscription.on('caughtUp', () => {
      caughtUp = true;
    });
    await once(subscription, 'confirmation');
    await client.appendToStream(newStream(), noted(1));
    expect(caughtUp).toBe(false);
    await client.appendToStream(stream, noted(1));
    expect(revisionsOf(await collect(subscription, 1))).toEqual([0n]);
  });
});

describe('of $all', () => {
  test('from the start, from a position and from the end', async () => {
    const [first, second, third] = [noted(3), noted(3), noted(3)];
    await client.appendToStream('a', first);
    const { position } = await client.appendToStream('b', second);
    if (position === undefined) throw new Error('no position');
    const fromStart = client.subscribeToAll();
    const fromPosition = client.subscribeToAll({ fromPosition: position });
    const fromEnd = client.subscribeToAll({ fromPosition: END });
    await once(fromEnd, 'caughtUp');
    await client.appendToStream('a', third);
    expect(idsOf(await collect(ofUsers(fromStart), 9))).toEqual(ids([...first, ...second, ...third]));
    expect(idsOf(await collect(fromPosition, 3))).toEqual(ids(third));
    expect(idsOf(await collect(fromEnd, 3))).toEqual(ids(third));
  });

  test('has neither gaps nor another order while many write at once', async () => {
    const total = 8 * 30 * 5;
    const early = collect(ofUsers(client.subscribeToAll()), total);
    const filtered = collect(
      store.connect().subscribeToAll({ filter: streamNameFilter({ prefixes: ['even-'] }) }),
      total / 2,
    );
    const write = async (lane: number) => {
      const writer = store.connect();
      const stream = `${lane % 2 === 0 ? 'even' : 'odd'}-${lane}`;
      for (let round = 0; round < 30; round++) await writer.appendToStream(stream, noted(5, round * 5));
    };
    const writing = Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)));
    const [one, half] = await Promise.all([early, filtered, writing]);
    const all = await collect(ofUsers(client.readAll()));
    expect(idsOf(one)).toEqual(idsOf(all));
    expect(idsOf(half)).toEqual(idsOf(all.filter(({ event }) => event?.streamId.startsWith('even-'))));
    expect(idsOf(await collect(ofUsers(client.subscribeToAll()), total))).toEqual(idsOf(all));
  });

  const FILTERS = [
    ['stream prefixes', streamNameFilter({ prefixes: ['concert-', 'sale-'] }), ['concert-1', 'sale-1']],
    ['a stream regex', streamNameFilter({ regex: '^(concert|sale)-' }), ['concert-1', 'sale-1']],
    ['type prefixes', eventTypeFilter({ prefixes: ['Made'] }), ['concert-1', 'other-1']],
    ['a type regex', eventTypeFilter({ regex: 'e$' }), ['concert-1', 'other-1']],
    ['no system events', excludeSystemEvents(), ['concert-1', 'sale-1', 'other-1']],
  ] as const;

  test.each(FILTERS)('filtered by %s', async (_, filter, streams) => {
    await client.setStreamMetadata('concert-1', { maxCount: 5 });
    await client.appendToStream('concert-1', jsonEvent({ type: 'Made', data: {} }));
    await client.appendToStream('sale-1', jsonEvent({ type: 'Sold', data: {} }));
    await client.appendToStream('other-1', jsonEvent({ type: 'Made', data: {} }));
    const subscription = client.subscribeToAll({ filter });
    const events = await collect(subscription, streams.length);
    expect(events.map(({ event }) => event?.streamId)).toEqual(streams);
  });

  test('a filter that does not compile is refused', async () => {
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) });
    const [error] = await once(subscription, 'error');
    expect(error).toMatchObject({ code: 2 });
  });

  test('checkpoints: one per interval × 32 considered, in history and live, and one on going live', async () => {
    const checkpoints: Position[] = [];
    const arrived: (() => void)[] = [];
    const filter = streamNameFilter({
      prefixes: ['wanted-'],
      checkpointInterval: 2,
      checkpointReached: async (_: AllStreamSubscription, position: Position) => {
        checkpoints.push(position);
        arrived.splice(0).forEach((resolve) => {
          resolve();
        });
      },
    });
    await client.appendToStream('other-1', noted(150));
    await client.appendToStream('wanted-1', noted(1));
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    const seen: string[] = [];
    subscription.on('caughtUp', () => seen.push(`caught up after ${checkpoints.length}`));
    subscription.on('data', ({ event }) =>
      seen.push(`event after ${checkpoints.length} at ${event?.revision}`),
    );
    await once(subscription, 'caughtUp');
    expect(seen).toEqual(['event after 2 at 0', 'caught up after 3']);

    const reached = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => (checkpoints.length >= count ? resolve() : void arrived.push(look));
        look();
      });
    await client.appendToStream('other-1', noted(300));
    await reached(8);
    await client.appendToStream('wanted-1', noted(1));
    await once(subscription, 'data');
    expect(seen.slice(2)).toEqual(['event after 8 at 1']);

    const all = (await collect(client.readAll())).map(({ event }) => event?.position);
    const positionOf = (considered: number) => all[considered - 1];
    expect(checkpoints).toEqual([64, 128, 152, 192, 256, 320, 384, 448].map(positionOf));
    await subscription.unsubscribe();
  });
});

describe('a subscriber', () => {
  test('that resumes from its last checkpoint or event misses and repeats nothing', async () => {
    const events = noted(90);
    await client.appendToStream('wanted-1', events.slice(0, 60));
    const first = await collect(ofUsers(client.subscribeToAll({ fromPosition: START })), 25);
    const position = first.at(-1)?.event?.position;
    if (position === undefined) throw new Error('no position');
    const rest = collect(client.subscribeToAll({ fromPosition: position }), 65);
    await client.appendToStream('wanted-1', events.slice(60));
    expect(idsOf([...first, ...(await rest)])).toEqual(ids(events));
  });

  test('is told UNAVAILABLE when the server stops', async () => {
    const subscription = client.subscribeToAll();
    await once(subscription, 'caughtUp');
    const failed = on(subscription, 'error').next();
    await store.server.stop();
    const { value } = await failed;
    expect(value[0]).toMatchObject({ code: 14 });
  });

  test('what is rare, then frequent, then rare again in a long log is all found, with every checkpoint', async () => {
    const runs = [
      ['other', 3_000],
      ['wanted', 1],
      ['other', 4_000],
      ['wanted', 150],
      ['other', 600],
      ['wanted', 40],
      ['other', 6_000],
    ] as const;
    for (const [index, [stream, count]] of runs.entries()) {
      for (let left: number = count; left > 0; left -= 1_000)
        await client.appendToStream(`${stream}-${index}`, noted(Math.min(left, 1_000)));
    }
    const checkpoints: Position[] = [];
    const filter = streamNameFilter({
      prefixes: ['wanted-'],
      checkpointReached: async (_: AllStreamSubscription, position: Position) => {
        checkpoints.push(position);
      },
    });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    const found: ResolvedEvent[] = [];
    subscription.on('data', (event) => found.push(event));
    await once(subscription, 'caughtUp');
    await subscription.unsubscribe();
    const all = await collect(client.readAll());
    expect(idsOf(found)).toEqual(idsOf(all.filter(({ event }) => event?.streamId.startsWith('wanted-'))));
    const considered = all.map(({ event }) => event?.position);
    const everyThirtySecond = considered.filter((_, index) => index % 32 === 31);
    expect(checkpoints.slice(0, -1)).toEqual(everyThirtySecond);
    expect(checkpoints.at(-1)).toEqual(considered.at(-1));
  });
});
