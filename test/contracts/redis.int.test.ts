import { afterAll, describe } from 'vitest';
import { connectRedis, disconnectRedis, type RedisServers, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { systemClock } from '../../src/waiting/clock.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
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
