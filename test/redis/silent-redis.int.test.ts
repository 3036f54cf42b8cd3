import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../bench/peers/own-redis.js';
import { type PurchaseMode, purchaseModes } from '../../src/domain/purchase-mode.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { kindOf, request } from '../commands/support.js';
import { concertTerms, openWriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';

const atEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

async function startRedis(...settings: string[]): Promise<OwnRedis> {
  const redis = await OwnRedis.start(...settings);
  atEnd.push(() => redis.kill().then(() => redis.stop()));
  return redis;
}

/** As an operator does it, on a connection of its own. */
async function call({ url }: OwnRedis, name: string, ...args: (string | number)[]): Promise<unknown> {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => {}); // The call itself fails of it.
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** Commands carried out since the start. */
async function commandsSeen(redis: OwnRedis): Promise<number> {
  const stats = String(await call(redis, 'info', 'stats'));
  return Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]);
}

/** Acquires a lock and, when Redis is unreachable, leaves the turn to the next caller of this process. */
async function tryLock(lock: ConcertLock) {
  const result = await lock.acquire('rock', 60_000);
  if (result.kind === 'unreachable') result.release();
  return result;
}

/** Connected to these, and what was told of them. */
async function connect(
  servers: readonly Pick<OwnRedis, 'url'>[],
  { commandTimeoutMs = 500, leaseMs = 60_000 } = {},
) {
  const told: string[] = [];
  const back: string[] = [];
  const redis = connectRedis({
    urls: servers.map(({ url }) => url),
    namespace: uniqueNamespace(),
    commandTimeoutMs,
    onError: (_server, error) => void told.push(error.message),
    onBack: (server) => void back.push(server),
  });
  atEnd.push(() => disconnectRedis(redis));
  await settled(redis);
  const lock = new ConcertLock({ servers: redis, leaseMs, onReleaseFailed: () => {} });
  return { redis, lock, stock: new StockCache(redis), told, back };
}

async function openShop(purchaseMode: PurchaseMode, redisServers: readonly OwnRedis[]) {
  const { eventStoreUrl, databaseUrl } = testServers();
  const redisUrl = redisServers.map(({ url }) => url).join(',');
  const servers = { eventStoreUrl, databaseUrl, redisUrl };
  const namespace = uniqueNamespace();
  const shop = await openWriteSide({ namespace, purchaseMode, servers, commandTimeoutMs: 300 });
  atEnd.push(() => shop.close());
  const concertId = randomUUID();
  await shop.commands.schedule(concertTerms(concertId, { capacity: 1_000 }));
  let buyers = 0;
  const buy = async () => kindOf(await shop.commands.purchase(request(concertId, `${++buyers}`)));
  return { ...shop, concertId, buy };
}

/** So many tell it that a time-out for each command, one after the other, would last for minutes. */
async function buyOneByOne(buy: () => Promise<string>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await buy()).toMatch(/accepted|replayed/);
}

const withRedis = purchaseModes.filter((mode) => mode !== 'unsafe' && mode !== 'optimistic');

describe.each(withRedis)('in mode %s', (mode) => {
  it('sales go on with a Redis that is silent, which is asked next to nothing', async () => {
    const redis = await startRedis();
    const shop = await openShop(mode, [redis]);
    await buyOneByOne(shop.buy, 3);
    const before = await commandsSeen(redis);
    redis.pause();
    await buyOneByOne(shop.buy, 60);
    redis.resume();
    expect((await commandsSeen(redis)) - before).toBeLessThan(60);
    await until(() => shop.redis.primary.usable, 'Redis to be used again');
    await buyOneByOne(shop.buy, 3);
  });

  it('sales go on with one of three silent, the first, and the lock is still had', async () => {
    const three = await Promise.all([startRedis(), startRedis(), startRedis()]);
    const shop = await openShop(mode, three);
    await buyOneByOne(shop.buy, 3);
    three[0].pause();
    await buyOneByOne(shop.buy, 60);
    expect(shop.counts.ranWithoutLock).toBe(0);
    three[0].resume();
  });
});

it('what a silent Redis does not answer fails, and does not pile up', async () => {
  const server = await startRedis();
  const { redis, stock } = await connect([server]);
  server.pause();
  const asked = Array.from({ length: 30_000 }, () => stock.get('rock'));
  expect(redis.primary.commandQueue.length).toBeLessThanOrEqual(10_000);
  const answers = await Promise.allSettled(asked);
  expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
  await until(() => redis.primary.commandQueue.length <= 1, 'the queue to be empty');
  const later = await Promise.allSettled(Array.from({ length: 30_000 }, () => stock.get('rock')));
  expect(later.every(({ status }) => status === 'rejected')).toBe(true);
  expect(redis.primary.commandQueue.length).toBeLessThanOrEqual(1);
  server.resume();
  await untilAsync(
    () =>
      stock.get('rock').then(
        () => true,
        () => false,
      ),
    'Redis to be used again',
  );
});

it('a Redis that is silent while nobody asks it anything is found out, and told of once', async () => {
  const server = await startRedis();
  const { redis, told, back } = await connect([server]);
  server.pause();
  await until(() => !redis.primary.usable && !redis.subscriber.usable, 'the silence to be noticed');
  await until(() => redis.primary.commandQueue.length > 0, 'another try');
  server.resume();
  await until(() => back.length === 2, 'Redis to be used again');
  expect(told).toEqual(['no answer within 500 ms', 'no answer within 500 ms']);
});

it('one that was silent from the start is no reason to wait for it', async () => {
  const server = await startRedis();
  server.pause();
  const { lock } = await connect([server]);
  expect(await tryLock(lock)).toMatchObject({ kind: 'unreachable' });
  server.resume();
});

it('a lock that a silent Redis gives when nobody waits for it any more keeps nobody out', async () => {
  const server = await startRedis();
  const { redis, lock } = await connect([server]);
  server.pause();
  expect(await tryLock(lock)).toMatchObject({ kind: 'unreachable' });
  server.resume();
  await until(() => redis.primary.usable, 'Redis to be used again');
  const taken = await lock.acquire('rock', 5_000);
  expect(taken.kind).toBe('held');
});

it('a process that was busy for longer than a command may take does not blame Redis', async () => {
  const { redis, stock, told } = await connect([await startRedis()]);
  const answer = stock.get('rock');
  const end = performance.now() + 700;
  while (performance.now() < end);
  expect(await answer).toBeNull();
  expect(redis.primary.usable).toBe(true);
  expect(told).toEqual([]);
});

describe('a Redis that answers but can do nothing is not used, told of once in its own words, and used again later:', () => {
  const outage =
    (
      setUp: (server: OwnRedis) => Promise<unknown>,
      heal: (server: OwnRedis) => Promise<unknown>,
      word: RegExp,
    ) =>
    async () => {
      const server = await startRedis();
      const { redis, lock, told, back } = await connect([server]);
      const taken = await lock.acquire('jazz', 0);
      if (taken.kind === 'held') await taken.lock.release();
      await setUp(server);
      await until(() => !redis.primary.usable, 'the trouble to be noticed');
      expect(await tryLock(lock)).toMatchObject({ kind: 'unreachable' });
      await heal(server);
      await until(() => back.length > 0 && redis.primary.usable, 'Redis to be used again');
      expect(told.filter((problem) => word.test(problem))).toHaveLength(1);
      expect((await lock.acquire('rock', 5_000)).kind).toBe('held');
    };

  it(
    'a replica',
    outage(
      (server) => call(server, 'replicaof', '127.0.0.1', 1),
      (server) => call(server, 'replicaof', 'no', 'one'),
      /READONLY/,
    ),
  );

  it(
    'one without memory',
    outage(
      (server) => call(server, 'config', 'set', 'maxmemory', 1),
      (server) => call(server, 'config', 'set', 'maxmemory', 0),
      /OOM/,
    ),
  );
});

it.each([
  ['no', '', 'NOAUTH'],
  ['another', ':wrong@', 'WRONGPASS'],
])(
  'one that is given %s password is told of once, in its own words, and harms nothing',
  async (_, login, word) => {
    const server = await startRedis('--requirepass', 'secret');
    const { lock, told } = await connect([{ url: server.url.replace('//', `//${login}`) }]);
    expect(await tryLock(lock)).toMatchObject({ kind: 'unreachable' });
    const problem = async () => {
      const got = await tryLock(lock);
      return got.kind === 'unreachable' ? got.problem : '';
    };
    await untilAsync(async () => (await problem()).includes(word), 'the reason');
    expect(told.filter((each) => each.includes(word))).toHaveLength(2);
  },
);

it('one that is still loading its data is not waited for, and used when it is done', async () => {
  const server = await startRedis();
  // It looks up from loading every 1,024 bytes.
  const pairs = Array.from({ length: 20 }, (_, i) => [`key${i}`, randomBytes(2_000).toString('base64')]);
  await call(server, 'mset', ...pairs.flat());
  await call(server, 'save');
  await server.kill();
  await server.startAgain(
    ['--key-load-delay', '100000', '--loading-process-events-interval-bytes', '1024'],
    'Server initialized',
  );
  const { redis, lock } = await connect([server]);
  const problem = async () => {
    const got = await tryLock(lock);
    return got.kind === 'unreachable' ? got.problem : '';
  };
  await untilAsync(async () => (await problem()).includes('LOADING'), 'the loading to be noticed');
  await until(() => redis.primary.usable, 'Redis to be used');
  expect((await lock.acquire('rock', 5_000)).kind).toBe('held');
});
