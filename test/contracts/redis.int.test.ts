import { afterAll, describe } from 'vitest';
import { connectRedis, disconnectRedis, type RedisServers, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { ArrivalQueue } from '../../src/redis/queue/arrival-queue.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { systemClock } from '../../src/waiting/clock.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { arrivalQueueContract } from './arrival-queue.js';
import { concertLockContract } from './concert-lock.js';
import { stockCacheContract } from './stock-cache.js';

const open: RedisServers[] = [];
afterAll(() => open.forEach(disconnectRedis));

async function connected(namespace: string): Promise<RedisServers> {
  const servers = connectRedis({
    urls: testServers().redisUrl.split(','),
    namespace,
    commandTimeoutMs: 2_000,
    onError: () => {},
  });
  open.push(servers);
  await settled(servers);
  return servers;
}

const leaseMs = 1_000;

describe('the lock in Redis', () => {
  concertLockContract(async () => {
    const namespace = uniqueNamespace();
    const [one, other] = [await connected(namespace), await connected(namespace)];
    const lockOver = (servers: RedisServers) =>
      new ConcertLock({
        servers,
        leaseMs,
        onReleaseFailed: () => {}, // A release of a lock that was lost is reported here.
      });
    return {
      one: lockOver(one),
      other: lockOver(other),
      leaseMs,
      clock: systemClock,
      async loseEverything() {
        const keys = await one.primary.keys(`${one.prefix}*`);
        if (keys.length > 0) await one.primary.del(keys);
      },
      goAway: async () => [one, other].forEach(disconnectRedis),
    };
  });
});

describe('the stock cache in Redis', () => {
  stockCacheContract(async () => {
    const servers = await connected(uniqueNamespace());
    return { stock: new StockCache(servers), goAway: async () => disconnectRedis(servers) };
  });
});

describe('the arrival queue in Redis', () => {
  arrivalQueueContract(async () => {
    const namespace = uniqueNamespace();
    const [one, other] = [await connected(namespace), await connected(namespace)];
    const { primary, prefix } = one;
    return {
      one: new ArrivalQueue(one),
      other: new ArrivalQueue(other),
      clock: systemClock,
      async loseEntries(concertId) {
        await primary.del(queueKeys(prefix, concertId).entries);
        // A new stream may give ids of the same millisecond again.
        const lostAt = await millisecondOf(primary);
        while ((await millisecondOf(primary)) === lostAt);
      },
      async rewrite(concertId, { ageMs = 0, history }) {
        const { entries } = queueKeys(prefix, concertId);
        const written = await primary.xrange(entries, '-', '+');
        await primary.del(entries);
        for (const [id, fields] of written) {
          const [ms = '', sequence = ''] = id.split('-');
          const historyAt = fields.indexOf('s') + 1;
          const changed = history === undefined ? fields : fields.with(historyAt, history);
          await primary.xadd(entries, `${Number(ms) - ageMs}-${sequence}`, ...changed);
        }
      },
      goAway: async () => [one, other].forEach(disconnectRedis),
    };
  }, 60);
});

async function millisecondOf(redis: RedisServers['primary']): Promise<string> {
  const [seconds, microseconds] = (await redis.time()).map(Number);
  return `${seconds} ${Math.floor((microseconds ?? 0) / 1_000)}`;
}
