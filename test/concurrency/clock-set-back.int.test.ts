import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { BatchThrottle } from '../../src/projections/apply/batch-throttle.js';
import { inBatches } from '../../src/projections/apply/batching.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { scheduled } from '../domain/concert-events.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';

/**
 * What lasts is measured on the monotonic clock: each of these stood still for an hour when the wall clock was set back by one.
 */

const atEnd: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of atEnd.splice(0).reverse()) await end();
});

function setClockBack(): void {
  const wallClock = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => wallClock() - 3_600_000);
}

async function openLock(namespace: string, leaseMs: number): Promise<ConcertLock> {
  const urls = [testServers().redisUrl];
  const servers = connectRedis({ urls, namespace, commandTimeoutMs: 1_000, onError: () => {} });
  atEnd.push(() => disconnectRedis(servers));
  await settled(servers);
  return new ConcertLock({ servers, leaseMs, onReleaseFailed: () => {} });
}

/** An event store that takes connections and says nothing. */
async function silentEventStore(): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  atEnd.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `esdb://127.0.0.1:${address.port}?tls=false`;
}

function openStore(
  connectionString: string,
  limits: { totalMs: number; readPatienceMs: number },
): EventStore {
  const { totalMs, readPatienceMs } = limits;
  const append = { attemptMs: 100, totalMs };
  const store = new EventStore({ connectionString, namespace: uniqueNamespace(), append, readPatienceMs });
  atEnd.push(() => store.close());
  return store;
}

test('who waits for a lock is told that it is busy, and the holder that its lease is over', async () => {
  const namespace = uniqueNamespace();
  const [holder, other] = [await openLock(namespace, 2_000), await openLock(namespace, 2_000)];
  const taken = await holder.acquire('rock', 0);
  const waiting = other.acquire('rock', 300);
  setClockBack();
  expect(await waiting).toEqual({ kind: 'busy' });
  if (taken.kind !== 'held') throw new Error(`expected the lock, got ${taken.kind}`);
  await untilAsync(async () => taken.lock.expired, 'the lease to be over', 20_000);
});

test('an append that gets no answer comes to its end', async () => {
  const store = openStore(await silentEventStore(), { totalMs: 400, readPatienceMs: 400 });
  const appending = store.append('rock', -1n, [{ id: randomUUID(), event: scheduled() }]);
  setClockBack();
  expect(await appending).toMatchObject({ kind: 'unknown' });
});

test('a read of a log that is away comes to its end', async () => {
  const store = openStore(`esdb://127.0.0.1:${await freePort()}?tls=false`, {
    totalMs: 400,
    readPatienceMs: 400,
  });
  const reading = store.readLast('rock');
  setClockBack();
  await expect(reading).rejects.toThrow(EventStoreUnavailable);
});

test('events are passed on in batches as before', async () => {
  const leaving = new AbortController();
  const messages = new PassThrough({ objectMode: true });
  const batches = inBatches(() => messages, { maxEvents: 10, pace: new BatchThrottle(50) }, leaving.signal);
  atEnd.push(async () => {
    leaving.abort();
    messages.end();
    await batches.return(undefined);
  });
  messages.write({ kind: 'caught-up' });
  await batches.next();
  const place = (position: bigint) => ({ commit: position, prepare: position });
  for (let i = 1n; i <= 3n; i++) {
    messages.write({ kind: 'event', position: place(i), event: { decoded: { ok: false } } });
    const { value } = await batches.next();
    expect(value).toMatchObject({ position: place(i) });
    if (i === 1n) setClockBack();
  }
});

test('a stock that Redis lost is published again', async () => {
  const side = await openReadSide(uniqueNamespace());
  atEnd.push(() => side.close());
  side.runner.start();
  const revision = await record(side.store, 'rock', saleOf('rock', 3));
  const published = async () => (await side.cache.get('rock'))?.revision === revision;
  await untilAsync(published, 'the stock to be published');
  setClockBack();
  await side.cache.forget(['rock']);
  await untilAsync(published, 'the stock to be published again');
});
