import { randomUUID } from 'node:crypto';
import {
  type AppendToStreamOptions,
  binaryEvent,
  DeadlineExceededError,
  type EventData,
  jsonEvent,
  MaxAppendSizeExceededError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { collect, idsOf, newStream, noted, rejection } from './support/events.js';
import { openTestStore } from './support/store.js';

const { store, client } = await openTestStore();

/** With credentials of its own, a call of this client goes to Append instead of BatchAppend. */
const METHODS: [string, AppendToStreamOptions][] = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'anyone', password: 'anything' } }],
];

describe.each(METHODS)('%s', (_, method) => {
  let stream: string;
  const append = (events: EventData[], expectedRevision: AppendToStreamOptions['expectedRevision'] = 'any') =>
    client.appendToStream(stream, events, { ...method, expectedRevision });
  const stored = async () => idsOf(await collect(client.readStream(stream)));
  const wrong = async (appending: Promise<unknown>) => {
    const error = await rejection(appending);
    if (!(error instanceof WrongExpectedVersionError)) throw error;
    return { stream: error.streamName, expected: error.expectedVersion, actual: error.actualVersion };
  };

  beforeEach(() => {
    stream = newStream();
  });

  test('writes to a new stream at no stream, and then at the exact revision', async () => {
    const first = await append(noted(2), 'no_stream');
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const second = await append(noted(1), 1n);
    expect(second.nextExpectedRevision).toBe(2n);
    expect(second.position?.commit).toBeGreaterThan(first.position?.commit ?? 0n);
  });

  test('refuses an exact revision that is ahead of the stream, or of a stream that does not exist', async () => {
    expect(await wrong(append(noted(1), 0n))).toEqual({ stream, expected: 0n, actual: 'no_stream' });
    await append(noted(1));
    expect(await wrong(append(noted(1), 7n))).toEqual({ stream, expected: 7n, actual: 0n });
  });

  test('refuses no stream where there is one', async () => {
    await append(noted(3));
    expect(await wrong(append(noted(1), 'no_stream'))).toEqual({ stream, expected: 'no_stream', actual: 2n });
  });

  test('refuses stream exists where there is none, unless it has metadata', async () => {
    expect(await wrong(append(noted(1), 'stream_exists'))).toMatchObject({
      expected: 'stream_exists',
      actual: 'no_stream',
    });
    await client.setStreamMetadata(stream, { maxCount: 10 });
    expect(await append(noted(1), 'stream_exists')).toMatchObject({ nextExpectedRevision: 0n });
    expect(await append(noted(1), 'stream_exists')).toMatchObject({ nextExpectedRevision: 1n });
  });

  test('reports failure as a value to a client that wants it so', async () => {
    await append(noted(1));
    const lenient = store.connect('&throwOnAppendFailure=false');
    const result = await lenient.appendToStream(stream, noted(1), {
      ...method,
      expectedRevision: 'no_stream',
    });
    expect(result.success).toBe(false);
  });

  test('says nothing was written of no events', async () => {
    expect(await append([], 'no_stream')).toMatchObject({ success: true, position: undefined });
    await append(noted(2));
    expect((await append([], 1n)).nextExpectedRevision).toBe(1n);
    expect(await wrong(append([], 0n))).toMatchObject({ actual: 1n });
  });

  describe('repeating ids, with b1 = 0–2 written at no stream and b2 = 3–4 written at 2', () => {
    let b1: ReturnType<typeof noted>;
    let b2: ReturnType<typeof noted>;
    let position: bigint | undefined;

    beforeEach(async () => {
      b1 = noted(3);
      b2 = noted(2);
      position = (await append(b1, 'no_stream')).position?.commit;
      await append(b2, 2n);
    });

    const all = () => idsOf([...b1, ...b2].map((event) => ({ event }) as never));

    test('b1 at no stream is a success at its own last revision and position', async () => {
      const again = await append(b1, 'no_stream');
      expect(again).toMatchObject({ success: true, nextExpectedRevision: 2n });
      expect(again.position?.commit).toBe(position);
      expect(await stored()).toEqual(all());
    });

    test('b2 at 2 is a success at 4', async () => {
      expect((await append(b2, 2n)).nextExpectedRevision).toBe(4n);
      expect(await stored()).toEqual(all());
    });

    test('the first event of b2 alone at 2 is a success at 3', async () => {
      expect((await append(b2.slice(0, 1), 2n)).nextExpectedRevision).toBe(3n);
      expect(await stored()).toEqual(all());
    });

    test('b2 in another order, or with a new event, at 2 is refused', async () => {
      expect(await wrong(append(b2.toReversed(), 2n))).toEqual({ stream, expected: 2n, actual: 4n });
      expect(await wrong(append([...b2, ...noted(1)], 2n))).toEqual({ stream, expected: 2n, actual: 4n });
      expect(await stored()).toEqual(all());
    });

    test('other ids at 2 are refused', async () => {
      expect(await wrong(append(noted(2), 2n))).toEqual({ stream, expected: 2n, actual: 4n });
    });

    test('b2 at 4, the current revision, is written again', async () => {
      expect((await append(b2, 4n)).nextExpectedRevision).toBe(6n);
      expect(await stored()).toEqual([...all(), ...all().slice(3)]);
    });

    test('b1 at any is a success at 2, with nothing written', async () => {
      expect((await append(b1, 'any')).nextExpectedRevision).toBe(2n);
      expect(await stored()).toEqual(all());
    });

    test('b1 with a new event at any is refused, a new event first is written', async () => {
      expect(await wrong(append([...b1, ...noted(1)], 'any'))).toMatchObject({ actual: 4n });
      expect((await append([...noted(1), ...b1], 'any')).nextExpectedRevision).toBe(8n);
    });

    test('the same ids in another stream are other events', async () => {
      const other = await client.appendToStream(newStream(), b1, { ...method, expectedRevision: 'any' });
      expect(other).toMatchObject({ nextExpectedRevision: 2n });
    });
  });

  test('writes the same id twice within one append', async () => {
    const [event] = noted(1);
    if (event === undefined) throw new Error('no event');
    expect((await append([event, event])).nextExpectedRevision).toBe(1n);
    expect(await stored()).toEqual([event.id, event.id]);
  });

  /** The appends before it keep the server busy, so that the repetition meets the original in one commit. */
  test('recognises a repetition that is in flight with the original', async () => {
    const events = noted(3);
    const before = Array.from({ length: 10 }, () => client.appendToStream(newStream(), noted(1), method));
    const results = await Promise.all([
      append(events, 'no_stream'),
      append(events, 'no_stream'),
      append(events),
    ]);
    await Promise.all(before);
    expect(results.map((result) => result.nextExpectedRevision)).toEqual([2n, 2n, 2n]);
    expect(new Set(results.map((result) => result.position?.commit)).size).toBe(1);
    expect(await stored()).toHaveLength(3);
  });

  test('lets one of many through at the same revision', async () => {
    await append(noted(1));
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => append(noted(1), 0n)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await stored()).toHaveLength(2);
  });

  test('takes 1,020 KiB in one append and refuses 1,030 KiB', async () => {
    const kibs = (count: number) =>
      Array.from({ length: count / 10 }, () =>
        binaryEvent({ type: 'Blob', data: new Uint8Array(10 * 1024), metadata: new Uint8Array(1024) }),
      );
    await append(kibs(1_020));
    const error = await rejection(append(kibs(1_030)));
    if (!(error instanceof MaxAppendSizeExceededError)) throw error;
    expect(error.maxAppendSize).toBe(1024 * 1024);
    expect(await stored()).toHaveLength(102);
  });

  test('takes 5,000 small events in one append', async () => {
    expect((await append(noted(5_000))).nextExpectedRevision).toBe(4_999n);
  });

  test('keeps data and metadata to the byte', async () => {
    const data = new Uint8Array(256).map((_, index) => index);
    const id = randomUUID();
    await append([
      binaryEvent({ id, type: 'Bytes', data, metadata: data.toReversed() }),
      jsonEvent({ type: 'Größe 💺', data: { text: 'naïve ☕ \u0000' }, metadata: { by: '测试' } }),
    ]);
    const [bytes, json] = await collect(client.readStream(stream));
    expect(bytes?.event).toMatchObject({ id, isJson: false, type: 'Bytes' });
    expect(Buffer.from(bytes?.event?.data as Uint8Array)).toEqual(Buffer.from(data));
    expect(Buffer.from(bytes?.event?.metadata as Uint8Array)).toEqual(Buffer.from(data.toReversed()));
    expect(json?.event).toMatchObject({
      isJson: true,
      type: 'Größe 💺',
      data: { text: 'naïve ☕ \u0000' },
      metadata: { by: '测试' },
    });
  });
});

test('several chunks under one correlation id are one append', async () => {
  const stream = newStream();
  const events = noted(100);
  await client.appendToStream(stream, events, { batchAppendSize: 512, expectedRevision: 'no_stream' });
  expect(idsOf(await collect(client.readStream(stream)))).toEqual(events.map(({ id }) => id));
});

test('an append whose deadline has passed is refused and not written', async () => {
  const stream = newStream();
  const error = await rejection(client.appendToStream(stream, noted(20_000), { deadline: 1 }));
  expect(error).toBeInstanceOf(DeadlineExceededError);
  expect((await client.appendToStream(stream, noted(1), { expectedRevision: 'no_stream' })).success).toBe(
    true,
  );
});
