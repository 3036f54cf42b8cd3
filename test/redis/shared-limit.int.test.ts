import { afterEach, expect, test } from 'vitest';
import { OwnRedis } from '../../bench/peers/own-redis.js';
import { connectRedis, disconnectRedis, type RedisServers, settled } from '../../src/redis/connect.js';
import { SharedLimit, type Standing } from '../../src/redis/shared-limit.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';

const atEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

async function connected(urls: readonly string[], namespace: string): Promise<RedisServers> {
  const servers = connectRedis({ urls, namespace, commandTimeoutMs: 500, onError() {} });
  atEnd.push(() => disconnectRedis(servers));
  await settled(servers);
  return servers;
}

/** Two processes, each with a connection of its own. */
async function twoProcesses(urls: readonly string[], quota: number) {
  const namespace = uniqueNamespace();
  const limitOf = async () => {
    const servers = await connected(urls, namespace);
    return { limit: new SharedLimit('test', { quota, windowSeconds: 3_600 }, servers), servers };
  };
  return [await limitOf(), await limitOf()] as const;
}

const takeAll = async (limit: SharedLimit, key: string, times: number): Promise<(Standing | null)[]> => {
  const standings = [];
  for (let i = 0; i < times; i++) standings.push(await limit.take(key));
  return standings;
};

const given = (standings: readonly (Standing | null)[]): number =>
  standings.filter((standing) => standing?.isOver !== true).length;

test('two processes share a quota, but for the tenth that each counts by itself', async () => {
  const [one, other] = await twoProcesses(testServers().redisUrl.split(','), 20);
  const first = await takeAll(one.limit, 'ada', 15);
  expect(first.slice(0, 3)).toEqual([
    null,
    null,
    { isOver: false, remaining: 17, resetSeconds: expect.any(Number) },
  ]);
  const second = await takeAll(other.limit, 'ada', 15);
  expect(given(first) + given(second)).toBe(20);
  expect(second.at(-1)).toMatchObject({ isOver: true, remaining: 0 });
  expect(given(await takeAll(other.limit, 'bob', 15))).toBe(15);
});

test('those below a tenth of the quota, and those over it, cost Redis nothing', async () => {
  const redis = await OwnRedis.start();
  atEnd.push(() => redis.stop());
  const [{ limit, servers }] = await twoProcesses([redis.url], 20);
  const evals = async () => {
    const stats = await servers.primary.info('commandstats');
    const [, calls = '0'] = /cmdstat_evalsha:calls=(\d+)/.exec(stats) ?? [];
    return Number(calls);
  };
  await takeAll(limit, 'ada', 2);
  expect(await evals()).toBe(0);
  await takeAll(limit, 'ada', 19);
  const counted = await evals();
  expect(counted).toBeGreaterThan(0);
  expect(limit.over('ada')).toMatchObject({ isOver: true });
  expect(given(await takeAll(limit, 'ada', 50))).toBe(0);
  expect(await evals()).toBe(counted);
});

test.each(['gone', 'silent'] as const)(
  'while Redis is %s each process counts alone, and together again after it',
  async (what) => {
    const redis = await OwnRedis.start();
    atEnd.push(() => redis.stop());
    const [one, other] = await twoProcesses([redis.url], 20);
    if (what === 'gone') await redis.kill();
    else redis.pause();
    expect(given(await takeAll(one.limit, 'ada', 30))).toBe(20);
    expect(given(await takeAll(other.limit, 'ada', 30))).toBe(20);
    if (what === 'silent') redis.resume();
    else await redis.startAgain();
    await until(() => one.servers.primary.usable && other.servers.primary.usable, 'Redis to be used again');
    const both = [...(await takeAll(one.limit, 'eve', 15)), ...(await takeAll(other.limit, 'eve', 15))];
    expect(given(both)).toBe(20);
  },
);

test('a window ends, for those over the limit too', async () => {
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, monotonic: () => skippedMs };
  const limit = new SharedLimit('test', { quota: 10, windowSeconds: 60 }, null, clock);
  expect(given(await takeAll(limit, 'ada', 12))).toBe(10);
  expect(limit.over('ada')).toEqual({ isOver: true, remaining: 0, resetSeconds: 60 });
  skippedMs = 60_000;
  expect(limit.over('ada')).toBeNull();
  expect(limit.take('ada')).toBeNull();
});
