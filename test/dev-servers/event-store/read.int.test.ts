import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  START,
  StreamDeletedError,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, idsOf, newStream, noted, ofUsers, rejection, revisionsOf } from './support/events.js';
import { openTestStore, startTestStore, type TestStore } from './support/store.js';

const { postgres, client } = await openTestStore();

describe('a stream', () => {
  const stream = newStream();
  const events = noted(1_300);
  const read = async (options: Parameters<EventStoreDBClient['readStream']>[1]) =>
    revisionsOf(await collect(client.readStream(stream, options)));

  beforeAll(async () => {
    await client.appendToStream(stream, events);
  });

  test('is read over many pages in order, each event as it was appended', async () => {
    const before = Date.now();
    const all = await collect(client.readStream(stream));
    expect(idsOf(all)).toEqual(events.map(({ id }) => id));
    expect(revisionsOf(all)).toEqual(events.map((_, index) => BigInt(index)));
    expect(all[7]?.event).toMatchObject({
      streamId: stream,
      type: 'Noted',
      isJson: true,
      data: { number: 7 },
    });
    const created = all[7]?.event?.created.getTime() ?? 0;
    expect(created).toBeLessThanOrEqual(before);
    expect(created).toBeGreaterThan(before - 60_000);
  });

  test('is read with every character as it was written', async () => {
    const text = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
    const data = { text, more: '\\ \\\\ \\101 "日本" 🎟' };
    const event = jsonEvent({ type: 'Noted', data, metadata: data });
    const odd = newStream();
    await client.appendToStream(odd, [event]);
    const [read] = await collect(client.readStream(odd));
    expect(read?.event).toMatchObject({ data, metadata: data });
  });

  test('is read backwards over many pages', async () => {
    const backwards = await collect(client.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
    expect(idsOf(backwards)).toEqual(events.map(({ id }) => id).toReversed());
  });

  test('is read from a revision, itself included, either way, and no further than asked', async () => {
    expect(await read({ fromRevision: 5n, maxCount: 3 })).toEqual([5n, 6n, 7n]);
    expect(await read({ fromRevision: 5n, maxCount: 3, direction: BACKWARDS })).toEqual([5n, 4n, 3n]);
    expect(await read({ fromRevision: 1n, direction: BACKWARDS })).toEqual([1n, 0n]);
    expect(await read({ fromRevision: END, maxCount: 1, direction: BACKWARDS })).toEqual([1_299n]);
    expect(await read({ fromRevision: 1_298n, direction: FORWARDS })).toEqual([1_298n, 1_299n]);
  });

  test('ends before a revision beyond its end, and is read backwards from its last there', async () => {
    expect(await read({ fromRevision: 5_000n })).toEqual([]);
    expect(await read({ fromRevision: 5_000n, maxCount: 1, direction: BACKWARDS })).toEqual([1_299n]);
  });

  test('is read at its end as each answered append, and each change of its metadata, has left it', async () => {
    const growing = newStream();
    const from = async (fromRevision: bigint | typeof END) => {
      const direction = fromRevision === END ? BACKWARDS : FORWARDS;
      return revisionsOf(
        await collect(
          client.readStream(growing, { direction, fromRevision, maxCount: direction === BACKWARDS ? 1 : 9 }),
        ),
      );
    };
    for (let last = 0n; last < 4n; last++) {
      await client.appendToStream(growing, noted(1));
      for (const _again of [1, 2]) {
        expect(await from(last)).toEqual([last]);
        expect(await from(END)).toEqual([last]);
      }
      if (last > 0n) expect(await from(last - 1n)).toEqual([last - 1n, last]);
    }
    await client.setStreamMetadata(growing, { truncateBefore: 100 });
    expect(await from(3n)).toEqual([]);
    await client.setStreamMetadata(growing, {});
    expect(await from(3n)).toEqual([3n]);
    await client.tombstoneStream(growing);
    expect(await rejection(from(3n))).toBeInstanceOf(StreamDeletedError);
  });

  test('is told in band not to exist', async () => {
    for (const direction of [FORWARDS, BACKWARDS] as const) {
      const error = await rejection(
        collect(client.readStream('nothing', { direction, fromRevision: START })),
      );
      if (!(error instanceof StreamNotFoundError)) throw error;
    }
  });

  test('cannot be read forwards from its end, as on a real server', async () => {
    expect(await rejection(read({ fromRevision: END }))).toMatchObject({ code: 2 });
  });

  test('can be left in the middle', async () => {
    for (let time = 0; time < 20; time++)
      expect(await collect(client.readStream(stream, {}, { highWaterMark: 1 }), 3)).toHaveLength(3);
  });

  test('holds its metadata beside it', async () => {
    expect(await client.getStreamMetadata(stream)).toEqual({ streamName: stream });
    await client.setStreamMetadata(stream, { maxCount: 3, acl: { readRoles: ['$all'] } });
    expect(await client.getStreamMetadata(stream)).toMatchObject({ metadata: { maxCount: 3 } });
    expect(await collect(client.readStream(`$$${stream}`))).toHaveLength(1);
  });
});

describe('$all', () => {
  let alone: TestStore;
  const ids: string[] = [];
  const positions: { commit: bigint; prepare: bigint }[] = [];
  const read = async (options: Parameters<EventStoreDBClient['readAll']>[0]) =>
    idsOf(await collect(ofUsers(alone.connect().readAll(options))));

  beforeAll(async () => {
    alone = await startTestStore({ postgresUrl: await postgres.database() });
    const writer = alone.connect();
    expect((await collect(writer.readAll())).map(({ event }) => event?.streamId)).toEqual(['$$$scavenges']);
    for (const stream of ['a', 'b', 'a', 'c', 'b']) {
      const events = noted(120);
      const { position } = await writer.appendToStream(stream, events);
      ids.push(...events.map(({ id }) => id));
      if (position !== undefined) positions.push(position);
    }
  });

  afterAll(() => alone?.stop());

  test('is every event, in the order of commits, and nothing else', async () => {
    const all = await collect(ofUsers(alone.connect().readAll()));
    expect(idsOf(all)).toEqual(ids);
    const commits = all.map(({ event }) => event?.position?.commit ?? 0n);
    expect(commits).toEqual(commits.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(commits).size).toBe(ids.length);
    expect(all.map(({ commitPosition }) => commitPosition)).toEqual(commits);
    expect(all[119]?.event?.position).toEqual(positions[0]);
  });

  test('is read backwards', async () => {
    expect(await read({ direction: BACKWARDS, fromPosition: END })).toEqual(ids.toReversed());
    expect(await read({ direction: BACKWARDS, fromPosition: END, maxCount: 2 })).toEqual(
      ids.slice(-2).toReversed(),
    );
  });

  test('is read from a position: forwards itself included, backwards what is before it', async () => {
    const [, second] = positions;
    if (second === undefined) throw new Error('no position');
    expect(await read({ fromPosition: second, maxCount: 2 })).toEqual(ids.slice(239, 241));
    const backwards = await read({ fromPosition: second, maxCount: 2, direction: BACKWARDS });
    expect(backwards).toEqual(ids.slice(237, 239).toReversed());
  });

  test('has nothing after its end and nothing before its start', async () => {
    expect(await read({ fromPosition: END })).toEqual([]);
    expect(await read({ fromPosition: START, direction: BACKWARDS })).toEqual([]);
  });
});
