import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import type { HeldLock } from '../../src/redis/lock/held-lock.js';
import { ReleaseHints } from '../../src/redis/lock/release-hints.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';

const namespace = uniqueNamespace();
const opened: ReturnType<typeof connectRedis>[] = [];
afterAll(() => opened.forEach(disconnectRedis));

async function connect(urls: readonly string[] = testServers().redisUrl.split(',')) {
  const servers = connectRedis({ urls, namespace, commandTimeoutMs: 1_000, onError: () => {} });
  opened.push(servers);
  await settled(servers);
  return servers;
}

async function lockOn(urls?: readonly string[], leaseMs = 3_000) {
  const failures: string[] = [];
  const servers = await connect(urls);
  const lock = new ConcertLock({
    servers,
    leaseMs,
    onReleaseFailed: (_concertId, problem) => void failures.push(problem),
  });
  return { lock, failures, servers };
}

function held(result: Awaited<ReturnType<ConcertLock['acquire']>>): HeldLock {
  if (result.kind !== 'held') throw new Error(`expected the lock, got ${result.kind}`);
  return result.lock;
}

describe('hints of a release', () => {
  it('reach the listeners of the concert, also between two waits, and no others', async () => {
    const [one, two] = [new ReleaseHints(await connect()), new ReleaseHints(await connect())];
    const [concertId, other] = [randomUUID(), randomUUID()];
    const listening = await two.listen(concertId);
    const hinted = listening.wait(3_600_000);
    expect(await one.publish(other)).toBe('nobody-waits');
    expect(await one.publish(concertId)).toBe('received');
    await hinted;
    expect(await one.publish(concertId)).toBe('received');
    await listening.wait(3_600_000);
    listening.stop();
    await untilAsync(
      async () => (await one.publish(concertId)) === 'nobody-waits',
      'the listener to be gone',
    );
  });

  it('do not arrive when Redis is away, which blocks no waiter', async () => {
    const hints = new ReleaseHints(await connect([`redis://127.0.0.1:${await freePort()}`]));
    const listening = await hints.listen('rock');
    expect(await hints.publish('rock')).toBe('unknown');
    await listening.wait(1);
    listening.stop();
  });
});

describe('the lock', () => {
  it('is held by one process at a time, and free after its release', async () => {
    const [one, two] = [await lockOn(), await lockOn()];
    const concertId = randomUUID();
    const first = held(await one.lock.acquire(concertId, 0));
    expect(await two.lock.acquire(concertId, 50)).toEqual({ kind: 'busy' });
    const waiting = two.lock.acquire(concertId, 5_000);
    await first.release();
    await held(await waiting).release();
  });

  it('goes from one to the next within a process in order of asking', async () => {
    const { lock } = await lockOn();
    const concertId = randomUUID();
    const served: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const mine = held(await lock.acquire(concertId, 10_000));
        served.push(i);
        await mine.release();
      }),
    );
    expect(served).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('of a holder that is gone runs out with its lease', async () => {
    const [gone, next] = [await lockOn(undefined, 200), await lockOn()];
    const concertId = randomUUID();
    const abandoned = held(await gone.lock.acquire(concertId, 0));
    await held(await next.lock.acquire(concertId, 5_000)).release();
    expect(abandoned.expired).toBe(true);
    await abandoned.release();
    expect(gone.failures).toEqual([]);
  });

  it('that has expired and is acquired again keeps the subscription for those that wait for it', async () => {
    const { lock, servers } = await lockOn(undefined, 200);
    const concertId = randomUUID();
    const channel = `${servers.prefix}wanted:${concertId}`;
    const listeners = async () => (await servers.primary.pubsub('NUMSUB', channel))[1];
    const stop = lock.onWanted(concertId, () => {});
    await untilAsync(async () => (await listeners()) === 1, 'the subscription');
    const first = held(await lock.acquire(concertId, 0));
    await untilAsync(async () => first.expired, 'the end of the lease');
    await first.release();
    await held(await lock.acquire(concertId, 5_000)).release();
    expect(await listeners()).toBe(1);
    stop();
    await untilAsync(async () => (await listeners()) === 0, 'the end of the subscription');
  });

  it('tells an unreachable Redis from contention, at once', async () => {
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    const { lock } = await lockOn([nobody]);
    expect((await lock.acquire(randomUUID(), 60_000)).kind).toBe('unreachable');
  });

  it('needs a quorum of several servers, and no more', async () => {
    const [redis = ''] = testServers().redisUrl.split(',');
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    // Databases of one server are as independent of each other as a lock can tell.
    const most = await lockOn([`${redis}/1`, `${redis}/2`, nobody]);
    await held(await most.lock.acquire(randomUUID(), 0)).release();
    const few = await lockOn([`${redis}/1`, nobody, nobody]);
    expect((await few.lock.acquire(randomUUID(), 60_000)).kind).toBe('unreachable');
  });
});

describe('the stock cache', () => {
  it('keeps the newest revision, in whatever order and company the writes come', async () => {
    const cache = new StockCache(await connect());
    const revisions = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    const writes = fc.array(
      fc.record({
        concert: fc.integer({ min: 0, max: 2 }),
        revision: revisions,
        remaining: fc.nat(),
        held: fc.nat(),
      }),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(writes, async (sequence) => {
        const concerts = [randomUUID(), randomUUID(), randomUUID()];
        const model = new Map<string, { remaining: number; held: number; revision: bigint }>();
        for (const { concert, revision, remaining, held } of sequence) {
          const concertId = concerts[concert] ?? '';
          await cache.put(new Map([[concertId, { remaining, held, revision }]]));
          if (revision > (model.get(concertId)?.revision ?? -1n))
            model.set(concertId, { remaining, held, revision });
        }
        for (const concertId of concerts)
          expect(await cache.get(concertId)).toEqual(model.get(concertId) ?? null);
      }),
      { numRuns: 30 },
    );
  });

  it('knows nothing of a concert that nobody wrote', async () => {
    expect(await new StockCache(await connect()).get(randomUUID())).toBeNull();
  });
});
