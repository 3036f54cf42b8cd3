import {
  type AppendExpectedRevision,
  END,
  type EventStoreDBClient,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { collect, newStream, noted, rejection, revisionsOf } from './support/events.js';
import { openTestStore } from './support/store.js';

/** What is expected here is what a real server (23.10.8) answered to the same calls. */

const { client } = await openTestStore();

const LAST = 2n ** 63n - 1n;
/** By which a stream's metadata delete it, as `JSON.parse` rounds it. */
const everything = Number(LAST);

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, noted(count));
  return stream;
}

const read = async (stream: string) => revisionsOf(await collect(client.readStream(stream)));
const append = (stream: string, expectedRevision: AppendExpectedRevision, events = noted(1)) =>
  client.appendToStream(stream, events, { expectedRevision }).then((result) => result.nextExpectedRevision);
const follow = (stream: string) => collect(client.subscribeToStream(stream));
const metadata = async (stream: string) => (await client.getStreamMetadata(stream)).metadata;
const inAll = async (stream: string) =>
  (await collect(client.readAll())).flatMap(({ event }) =>
    event?.streamId.endsWith(stream)
      ? [`${event.streamId.replace(stream, '')} ${event.revision} ${event.type}`]
      : [],
  );

async function versions(failing: Promise<unknown>) {
  const error = await rejection(failing);
  if (!(error instanceof WrongExpectedVersionError)) throw error;
  return [error.expectedVersion, error.actualVersion];
}

type Delete = 'deleteStream' | 'tombstoneStream';
const each: Delete[] = ['deleteStream', 'tombstoneStream'];

describe.each(each)('%s', (remove) => {
  const removing = (stream: string, options: Parameters<EventStoreDBClient[Delete]>[1] = {}) =>
    client[remove](stream, options);

  test('is refused at another revision, and writes nothing then', async () => {
    const stream = await streamOf(3);
    expect(await versions(removing(stream, { expectedRevision: 7n }))).toEqual([7n, 2n]);
    expect(await versions(removing(stream, { expectedRevision: 'no_stream' }))).toEqual([-1n, 2n]);
    expect(await read(stream)).toEqual([0n, 1n, 2n]);
  });

  test('at the revision that the stream has answers with a position of its own', async () => {
    const stream = await streamOf(3);
    const before = await collect(client.readAll({ direction: 'backwards', fromPosition: END, maxCount: 1 }));
    const { position } = await removing(stream, { expectedRevision: 2n });
    expect(position?.commit).toBeGreaterThan(before[0]?.event?.position?.commit ?? LAST);
  });
});

describe('a deleted stream', () => {
  test('is not found, and its metadata is what deletes it', async () => {
    const stream = await streamOf(3);
    await client.setStreamMetadata(stream, { maxCount: 50, colour: 'red' });
    await client.deleteStream(stream);
    expect(await rejection(read(stream))).toBeInstanceOf(StreamNotFoundError);
    expect(await metadata(stream)).toEqual({ truncateBefore: everything });
    expect(await inAll(stream)).toHaveLength(5);
    await client.deleteStream(stream, { expectedRevision: 2n });
  });

  test('that is not there cannot be deleted, but one with metadata alone can', async () => {
    const stream = newStream();
    expect(await versions(client.deleteStream(stream))).toEqual([-2n, -1n]);
    await client.setStreamMetadata(stream, { maxCount: 3 });
    await client.deleteStream(stream);
    expect(await metadata(stream)).toEqual({ truncateBefore: everything });
  });

  test('exists again from the next append on, which goes on after the last revision it had', async () => {
    const stream = await streamOf(3);
    await client.deleteStream(stream);
    expect(await rejection(append(stream, 'stream_exists'))).toBeInstanceOf(StreamDeletedError);
    expect(await versions(append(stream, 1n))).toEqual([1n, 2n]);
    const events = noted(2);
    expect(await append(stream, 'no_stream', events)).toBe(4n);
    expect(await read(stream)).toEqual([3n, 4n]);
    expect(await metadata(stream)).toEqual({ truncateBefore: 3 });
    // A repeat is known by the revision where it was written, not by the one that it named.
    expect(await versions(append(stream, 'no_stream', events))).toEqual(['no_stream', 4n]);
    expect(await append(stream, 2n, events)).toBe(4n);
  });

  test('exists again after an append at its last revision too, and keeps its metadata', async () => {
    const stream = await streamOf(3);
    await client.deleteStream(stream);
    await client.setStreamMetadata(stream, { maxCount: 9 });
    expect(await read(stream)).toEqual([]);
    expect(await metadata(stream)).toEqual({ maxCount: 9, truncateBefore: 3 });
    expect(await append(stream, 2n)).toBe(3n);
    expect(await read(stream)).toEqual([3n]);
  });

  test('within the appends of one commit is deleted and begun in their order', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => streamOf(2)));
    await Promise.all(streams.flatMap((stream) => [client.deleteStream(stream), append(stream, 'any')]));
    for (const stream of streams) {
      const revisions = await read(stream).catch((error) => error);
      const truncateBefore = (await metadata(stream))?.truncateBefore;
      // Whichever came first: nothing of the other is lost.
      if (truncateBefore === 2) expect(revisions).toEqual([2n]);
      else expect([truncateBefore, revisions]).toEqual([everything, expect.any(StreamNotFoundError)]);
    }
  });
});

describe('a stream with a tombstone', () => {
  async function tombstoned() {
    const stream = newStream();
    const events = noted(2);
    await append(stream, 'no_stream', events);
    await client.setStreamMetadata(stream, { maxCount: 7 });
    await client.tombstoneStream(stream);
    return { stream, events };
  }

  test('cannot be read, nor its metadata', async () => {
    const { stream } = await tombstoned();
    for (const reading of [read, metadata, follow])
      expect(await rejection(reading(stream))).toBeInstanceOf(StreamDeletedError);
    expect(await inAll(stream)).toEqual([
      ' 0 Noted',
      ' 1 Noted',
      '$$ 0 $metadata',
      ` ${LAST} $streamDeleted`,
    ]);
  });

  test('takes no append, not even a repeat, and no other deletion', async () => {
    const { stream, events } = await tombstoned();
    const credentials = { username: 'anyone', password: 'anything' };
    for (const refused of [
      () => append(stream, 'any'),
      () => append(stream, 1n),
      () => append(stream, 'no_stream', events),
      () => client.appendToStream(stream, noted(1), { credentials }),
      () => client.deleteStream(stream),
      () => client.tombstoneStream(stream),
    ])
      expect(await rejection(refused())).toBeInstanceOf(StreamDeletedError);
  });

  test('may be one that never was', async () => {
    const stream = newStream();
    await client.tombstoneStream(stream, { expectedRevision: 'no_stream' });
    expect(await rejection(append(stream, 'no_stream'))).toBeInstanceOf(StreamDeletedError);
  });

  test('is told to its subscribers, who are told no more then', async () => {
    const stream = await streamOf(2);
    const seen: (bigint | undefined)[] = [];
    const following = (async () => {
      for await (const { event } of client.subscribeToStream(stream, { fromRevision: START })) {
        seen.push(event?.revision);
        if (seen.length === 2) await client.tombstoneStream(stream);
      }
    })();
    expect(await rejection(following)).toBeInstanceOf(StreamDeletedError);
    expect(seen).toEqual([0n, 1n, LAST]);
  });
});
