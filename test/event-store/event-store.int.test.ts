import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { comparePositions, type Position } from '../../src/domain/log/recorded-event.js';
import type { SubscriptionMessage } from '../../src/event-store/subscription.js';
import { scheduled } from '../domain/concert-events.js';
import { openEventStore } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

const namespace = uniqueNamespace();
const store = openEventStore(namespace);
afterAll(() => store.close());

const event = (id: string = randomUUID()): { id: string; event: ConcertEvent } => ({
  id,
  event: scheduled(),
});
const events = (count: number) => Array.from({ length: count }, () => event());

async function readAll(concertId: string, from = 0n) {
  const pages = [];
  for await (const page of store.read(concertId, from)) pages.push(...page);
  return pages;
}

describe('appending', () => {
  it('answers with the revision of the last event', async () => {
    const concert = randomUUID();
    expect(await store.append(concert, -1n, events(3))).toEqual({ kind: 'appended', revision: 2n });
    expect(await store.append(concert, 2n, events(2))).toEqual({ kind: 'appended', revision: 4n });
  });

  it('at a revision that is not the last is told so, and writes nothing', async () => {
    const concert = randomUUID();
    await store.append(concert, -1n, events(3));
    for (const revision of [-1n, 0n, 1n, 3n]) {
      expect(await store.append(concert, revision, events(1))).toEqual({ kind: 'wrong-revision' });
    }
    expect(await readAll(concert)).toHaveLength(3);
  });

  it('repeated at the same revision is one write, also when others have followed', async () => {
    const concert = randomUUID();
    const first = events(3);
    const second = events(2);
    await store.append(concert, -1n, first);
    await store.append(concert, 2n, second);
    expect(await store.append(concert, -1n, first)).toEqual({ kind: 'appended', revision: 2n });
    expect(await store.append(concert, 2n, second)).toEqual({ kind: 'appended', revision: 4n });
    expect((await readAll(concert)).map(({ id }) => id)).toEqual([...first, ...second].map(({ id }) => id));
  });

  it('of more than the store takes at once is rejected for good, and nothing else with it', async () => {
    const large = event();
    const data = { ...large.event.data, name: 'x'.repeat(18 * 1024 * 1024) };
    const others = Array.from({ length: 10 }, () => store.append(randomUUID(), -1n, events(1)));
    const result = await store.append(randomUUID(), -1n, [
      { ...large, event: { ...large.event, data } as ConcertEvent },
    ]);
    expect(result).toMatchObject({ kind: 'rejected', tooLarge: true });
    expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(others.map(() => 'appended'));
  });

  it('by many at the same revision lets exactly one through', async () => {
    const concert = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.append(concert, -1n, events(2))),
    );
    expect(results.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'wrong-revision')).toHaveLength(19);
  });
});

describe('reading', () => {
  it('a concert that is not there yields nothing', async () => {
    expect(await readAll(randomUUID())).toEqual([]);
    expect(await store.readLast(randomUUID())).toBeNull();
  });

  it('gives events as they were written, from any revision, over pages', async () => {
    const concert = randomUUID();
    const written = events(5_000);
    await store.append(concert, -1n, written.slice(0, 2_500));
    await store.append(concert, 2_499n, written.slice(2_500));
    const read = await readAll(concert);
    expect(read.map(({ id }) => id)).toEqual(written.map(({ id }) => id));
    expect(read.map(({ revision }) => revision)).toEqual(written.map((_, i) => BigInt(i)));
    expect(read[0]).toMatchObject({
      concertId: concert,
      type: 'ConcertScheduled',
      metadata: { schemaVersion: 1 },
    });
    expect(read[0]?.decoded).toEqual({ ok: false, problem: expect.stringContaining('names concert c1') });
    expect(await readAll(concert, 4_998n)).toHaveLength(2);
    expect(await readAll(concert, 5_000n)).toEqual([]);
    expect((await store.readLast(concert))?.revision).toBe(4_999n);
  });

  it('an event of the concert whose stream it is decodes to what was written', async () => {
    const concert = randomUUID();
    const written = scheduled({ concertId: concert });
    await store.append(concert, -1n, [{ id: randomUUID(), event: written }]);
    expect((await store.readLast(concert))?.decoded).toEqual({ ok: true, event: written });
  });

  it('a stream that was truncated gives each event once, over pages', async () => {
    const concert = randomUUID();
    const written = events(4_500);
    await store.append(concert, -1n, written);
    const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
    await client.setStreamMetadata(`${namespace}_concert-${concert}`, { truncateBefore: 100 });
    const revisions = (await readAll(concert)).map(({ revision }) => revision);
    await client.dispose();
    expect(revisions).toEqual(written.slice(100).map((_, i) => BigInt(i + 100)));
  });
});

describe('a stream that somebody has deleted', () => {
  it.each([
    ['until the next append', 'deleteStream'],
    ['for ever', 'tombstoneStream'],
  ] as const)('%s yields nothing', async (_, remove) => {
    const concert = randomUUID();
    await store.append(concert, -1n, events(3));
    const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
    await client[remove](`${namespace}_concert-${concert}`);
    await client.dispose();
    expect(await readAll(concert)).toEqual([]);
    expect(await store.readLast(concert)).toBeNull();
    const result = await store.append(concert, 2n, events(1));
    if (remove === 'deleteStream') expect(result).toEqual({ kind: 'appended', revision: 3n });
    else expect(result).toMatchObject({ kind: 'rejected', tooLarge: false });
  });
});

describe('subscribing', () => {
  it('gives history and what follows, of this namespace alone, in log order', async () => {
    const names = uniqueNamespace();
    const mine = openEventStore(names);
    const concerts = [randomUUID(), randomUUID(), randomUUID()];
    for (const concert of concerts) await mine.append(concert, -1n, events(2));
    await store.append(randomUUID(), -1n, events(2));
    const stop = new AbortController();
    const seen: SubscriptionMessage[] = [];
    let live = false;
    for await (const message of mine.subscribe(null, stop.signal)) {
      seen.push(message);
      if (message.kind === 'caught-up' && !live) {
        live = true;
        for (const concert of concerts) await mine.append(concert, 1n, events(1));
      }
      if (seen.filter(({ kind }) => kind === 'event').length === 9) stop.abort();
    }
    const received = seen.flatMap((message) => (message.kind === 'event' ? [message] : []));
    expect(received.map(({ event: { concertId } }) => concertId)).toEqual([
      ...concerts.flatMap((concert) => [concert, concert]),
      ...concerts,
    ]);
    const positions: Position[] = received.map(({ position }) => position);
    expect(positions.toSorted(comparePositions)).toEqual(positions);
    await mine.close();
  });

  it('goes on behind a position: nothing twice, nothing missed', async () => {
    const names = uniqueNamespace();
    const mine = openEventStore(names);
    const concert = randomUUID();
    await mine.append(concert, -1n, events(10));
    const take = async (from: Position | null, count: number) => {
      const stop = new AbortController();
      const got: Extract<SubscriptionMessage, { kind: 'event' }>[] = [];
      for await (const message of mine.subscribe(from, stop.signal)) {
        if (message.kind === 'event' && got.push(message) === count) stop.abort();
      }
      return got;
    };
    const first = await take(null, 4);
    const rest = await take(first.at(-1)?.position ?? null, 6);
    expect([...first, ...rest].map(({ event: { revision } }) => revision)).toEqual(
      Array.from({ length: 10 }, (_, i) => BigInt(i)),
    );
    await mine.close();
  });

  it('tells of progress through events that are not ours', async () => {
    const names = uniqueNamespace();
    const mine = openEventStore(names);
    await mine.append(randomUUID(), -1n, events(1));
    const stranger = randomUUID();
    await store.append(stranger, -1n, events(3_000));
    const stop = new AbortController();
    let last: Position | null = null;
    for await (const message of mine.subscribe(null, stop.signal)) {
      if (message.kind === 'event') last = message.position;
      if (message.kind === 'checkpoint' && last !== null && comparePositions(message.position, last) > 0)
        stop.abort();
    }
    expect(stop.signal.aborted).toBe(true);
    await mine.close();
  });
});
