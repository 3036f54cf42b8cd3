import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import { Connection } from '../../src/event-store/connection.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { readLast } from '../../src/event-store/read.js';
import { streamNames } from '../../src/event-store/stream-names.js';
import { scheduled } from '../domain/concert-events.js';
import { testServers } from '../support/stack.js';
import { until } from '../support/until.js';
import { type SilentServer, startSilentServer } from './silent-server.js';

const open = (url: string, readPatienceMs: number) =>
  new EventStore({
    connectionString: url,
    namespace: '',
    append: { attemptMs: 10_000, totalMs: 20_000 },
    readPatienceMs,
  });

/** What a read of everything ended with. */
async function endOf(store: EventStore, signal?: AbortSignal): Promise<unknown> {
  try {
    for await (const page of store.read(randomUUID(), 0n, undefined, signal)) return page;
    return 'nothing';
  } catch (error) {
    return error;
  }
}

describe('a read at a server that does not answer', () => {
  let server: SilentServer;
  let store: EventStore;
  beforeEach(async () => {
    server = await startSilentServer();
    store = open(server.url, 0);
  });
  afterEach(async () => {
    await store.close();
    server.stop();
  });

  it('is over at the server too when its patience ends', async () => {
    const ends = await Promise.all(Array.from({ length: 64 }, () => endOf(store)));
    expect(ends.filter((end) => end instanceof EventStoreUnavailable)).toHaveLength(64);
    expect(server.reads.arrived).toBe(64);
    await until(() => server.reads.running === 0, 'the reads to be cancelled at the server');
  });

  it('is over at the server too when its caller goes away, and no other read suffers from that', async () => {
    const patient = open(server.url, 60_000);
    const gone = new AbortController();
    const impatient = Array.from({ length: 64 }, () => endOf(patient, gone.signal));
    const other = new AbortController();
    const waiting = endOf(patient, other.signal);
    await until(() => server.reads.running === 65, 'the reads to arrive');
    gone.abort(new Error('the client hung up'));
    expect(new Set(await Promise.all(impatient))).toEqual(new Set([new Error('the client hung up')]));
    await until(() => server.reads.running === 1, 'the reads to be cancelled at the server');
    const last = endOf(patient, other.signal);
    await until(() => server.reads.arrived === 66, 'one more read');
    // A cancelled call is no reason for the client to make a new connection, which would cost the others theirs.
    expect(server.connections()).toBe(1);
    expect(server.reads.running).toBe(2);
    other.abort();
    await Promise.all([waiting, last]);
    await patient.close();
  });

  it('is no reason for another client when its caller goes away', async () => {
    const connection = new Connection(server.url);
    const { client } = connection;
    const context = { connection, names: streamNames(''), patienceMs: 60_000, silenceMs: 60_000 };
    const gone = new AbortController();
    const reading = readLast(context, randomUUID(), gone.signal);
    await until(() => server.reads.running === 1, 'the read to arrive');
    gone.abort(new Error('the client hung up'));
    await expect(reading).rejects.toThrow('the client hung up');
    expect(connection.client).toBe(client);
    await connection.close();
  });

  it('does not begin when its caller has gone already', async () => {
    const reason = new Error('the client hung up');
    expect(await endOf(store, AbortSignal.abort(reason))).toBe(reason);
    await expect(store.readLast(randomUUID(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.reads.arrived).toBe(0);
  });
});

it('reads that are abandoned cost no other read its answer', async () => {
  const store = open(testServers().eventStoreUrl, 20_000);
  const concertId = randomUUID();
  const events = Array.from({ length: 2_000 }, () => ({ id: randomUUID(), event: scheduled() }));
  expect(await store.append(concertId, -1n, events)).toMatchObject({ kind: 'appended' });
  for (let round = 0; round < 20; round++) {
    const reads = Array.from({ length: 10 }, async () => {
      const gone = new AbortController();
      const abandoned = store.read(concertId, 0n, undefined, gone.signal).next();
      const kept = store.readLast(concertId);
      gone.abort();
      await expect(abandoned).rejects.toBe(gone.signal.reason);
      expect((await kept)?.revision).toBe(1_999n);
    });
    await Promise.all(reads);
  }
  await store.close();
});
