import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { type Redis, startRedis } from '../../dev-servers/servers/redis.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { openWriteSide } from '../support/services.js';
import { testServers } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { holdUp, inLine, leaveInLine, makeUnreadable, queueSales, schedule } from './queue-support.js';
import { kindOf, request } from './support.js';

const onSale = queueSales();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('a buyer whose reply is lost is told what the log says, not an earlier refusal of the same key', async () => {
  const { side, concertId } = await onSale(1, { leaseMs: 20_000 });
  const letGo = await holdUp(side, concertId);
  for (const name of ['ann', 'bob']) await side.commands.purchase(request(concertId, name, { waitMs: 0 }));
  await letGo();
  const idOf = (name: string) => purchaseIdOf(concertId, `key of ${name}`);
  await untilAsync(
    async () => (await side.commands.standing(concertId, idOf('bob')))?.kind === 'refused',
    'bob to be refused from the queue',
  );
  expect((await side.commands.cancelPurchase(concertId, idOf('ann'))).kind).toBe('cancelled');
  side.redis.subscriber.disconnect();
  const again = await side.commands.purchase(request(concertId, 'bob', { waitMs: 20_000 }));
  expect(kindOf(again)).toBe('replayed');
});

it('replies and outcomes in Redis that no owner wrote reach no buyer, and stop nothing', async () => {
  const { side, concertId } = await onSale(5);
  const { primary, prefix } = side.redis;
  const letGo = await holdUp(side, concertId);
  const [ann, bob] = ['ann', 'bob'].map((name) =>
    side.commands.purchase(request(concertId, name, { waitMs: 20_000 })),
  );
  await untilAsync(async () => (await inLine(side, concertId)) === 2, 'both to wait');
  const noReplies = ['', 'not JSON', '{}', '[1]', '[["1"]]'];
  const noOutcomes = ['not JSON', '{}', '{"kind":"accepted"}'];
  const rubbish = [...noReplies, ...noOutcomes.map((outcome) => JSON.stringify([['1', outcome]]))];
  for (const message of rubbish) await primary.publish(`${prefix}replies:${side.queue.processId}`, message);
  const { entries, places, outcomes, keptAt } = queueKeys(prefix, concertId);
  const bobsPurchase = purchaseIdOf(concertId, 'key of bob');
  await primary.xdel(entries, (await primary.hget(places, bobsPurchase)) ?? '');
  await primary.hset(outcomes, bobsPurchase, 'not JSON');
  await primary.zadd(keptAt, Date.now(), bobsPurchase);
  expect((await bob)?.kind).toBe('unavailable');
  expect(await side.commands.standing(concertId, bobsPurchase)).toBeNull();
  await letGo();
  expect((await ann)?.kind).toBe('accepted');
  expect(side.counts.queueBypassed).toBe(0);
});

it('entries that are read again while their answers are on the way are answered once', async () => {
  const { side, concertId } = await onSale(1);
  const { answer, read } = side.queue;
  const sent: string[] = [];
  let readAgain = () => {};
  side.queue.read = async (...args) => {
    const found = await read.apply(side.queue, args);
    readAgain();
    return found;
  };
  // As when Redis has forgotten the script of the answer, which is then sent a second time.
  side.queue.answer = async (...args) => {
    sent.push(...args[2].map(({ id }) => id));
    await new Promise<void>((resolve) => {
      readAgain = resolve;
    });
    return answer.apply(side.queue, args);
  };
  const buying = ['ann', 'bob', 'cas'].map((name) => side.commands.purchase(request(concertId, name)));
  const kinds = (await Promise.all(buying)).map(kindOf);
  expect(kinds.toSorted()).toEqual(['accepted', 'sold-out', 'sold-out']);
  await side.commands.stop();
  expect(sent).toEqual([...new Set(sent)]);
});

describe('a Redis that comes back older', () => {
  it('sells nothing to a buyer who was refused since', async () => {
    const redis = await ownRedis();
    const { side, concertId } = await onSale(1, { leaseMs: 20_000, servers: redis.servers() });
    const letGo = await holdUp(side, concertId);
    const ann = side.commands.purchase(request(concertId, 'ann', { waitMs: 20_000 }));
    await untilAsync(async () => (await inLine(side, concertId)) === 1, 'ann to be in line');
    const bob = side.commands.purchase(request(concertId, 'bob', { waitMs: 20_000 }));
    await untilAsync(async () => (await inLine(side, concertId)) === 2, 'bob to be in line');
    const goBack = await redis.copy();
    await letGo();
    expect([kindOf(await ann), kindOf(await bob)]).toEqual(['accepted', 'sold-out']);

    await goBack();
    await untilAsync(async () => side.queue.reachable, 'Redis to be back');
    // The old lock is gone with its lease in the real world; here it need not be waited for.
    await side.redis.primary.del(`${side.redis.prefix}lock:${concertId}`);
    const annsPurchase = purchaseIdOf(concertId, 'key of ann');
    expect((await side.commands.cancelPurchase(concertId, annsPurchase)).kind).toBe('cancelled');
    await untilAsync(async () => (await side.queue.concertsWaiting()).length === 0, 'the queue to be empty');
    expect((await side.fold(concertId)).live).toBe(0);
    expect(side.counts.queueEntriesDropped).toBe(1);
    expect(kindOf(await side.commands.purchase(request(concertId, 'bob')))).toBe('accepted');
  });

  it('in keys alone, written back by hand, sells nothing to them either', async () => {
    const { side, concertId } = await onSale(1, { leaseMs: 20_000 });
    const { primary, prefix } = side.redis;
    const letGo = await holdUp(side, concertId);
    const ann = side.commands.purchase(request(concertId, 'ann', { waitMs: 20_000 }));
    await untilAsync(async () => (await inLine(side, concertId)) === 1, 'ann to be in line');
    const bob = side.commands.purchase(request(concertId, 'bob', { waitMs: 20_000 }));
    await untilAsync(async () => (await inLine(side, concertId)) === 2, 'bob to be in line');
    const keys = await primary.keys(`${prefix}queue*`);
    const dumps = await Promise.all(keys.map(async (key) => ({ key, dump: await primary.dumpBuffer(key) })));
    await letGo();
    expect([kindOf(await ann), kindOf(await bob)]).toEqual(['accepted', 'sold-out']);

    const annsPurchase = purchaseIdOf(concertId, 'key of ann');
    expect((await side.commands.cancelPurchase(concertId, annsPurchase)).kind).toBe('cancelled');
    for (const { key, dump } of dumps) if (dump !== null) await primary.restore(key, 0, dump, 'REPLACE');
    await untilAsync(async () => (await side.queue.concertsWaiting()).length === 0, 'the queue to be empty');
    expect((await side.fold(concertId)).live).toBe(0);
  });
});

it('nobody in line is refused on a state that only Redis takes for the newest', async () => {
  const { side, concertId, namespace } = await onSale(1);
  expect(kindOf(await side.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  const stockKey = `${side.redis.prefix}stock:${concertId}`;
  const soldOut = await side.redis.primary.hgetall(stockKey);
  const other = await openWriteSide({ namespace, purchaseMode: 'batch' });
  const annsPurchase = purchaseIdOf(concertId, 'key of ann');
  expect((await other.commands.cancelPurchase(concertId, annsPurchase)).kind).toBe('cancelled');
  await other.close();
  // As an older Redis says.
  await side.redis.primary.hset(stockKey, soldOut);
  const bobsPurchase = await leaveInLine(side, concertId, 'bob');
  await untilAsync(async () => (await inLine(side, concertId)) === 0, 'the queue to be empty');
  expect((await side.fold(concertId)).purchases.has(bobsPurchase)).toBe(true);
});

describe('a queue that cannot be drained', () => {
  it('for want of a quorum of locks sells on the expected revision alone', async () => {
    const [redis = ''] = testServers().redisUrl.split(',');
    const nobody = async () => `redis://127.0.0.1:${await freePort()}`;
    const redisUrl = [redis, await nobody(), await nobody()].join(',');
    const { side, concertId } = await onSale(100, { servers: { ...testServers(), redisUrl } });
    const buyers = Array.from({ length: 60 }, (_, i) => request(concertId, `buyer ${i}`, { waitMs: 20_000 }));
    const outcomes = await Promise.all(buyers.map((buyer) => side.commands.purchase(buyer)));
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(60);
    expect(await inLine(side, concertId)).toBe(0);
  });

  it('keeps no entry of a buyer who was settled without it', async () => {
    const { side, concertId } = await onSale(5, { queueLimit: 2 });
    await makeUnreadable(side, concertId);
    for (const name of ['ann', 'bob', 'cid', 'dan']) {
      const outcome = await side.commands.purchase(request(concertId, name, { waitMs: 20_000 }));
      expect(outcome.kind).toBe('unavailable');
    }
    expect(await inLine(side, concertId)).toBe(0);
  });

  it('for an entry that nobody can read goes on without it, and tells', async () => {
    const { side, concertId } = await onSale(5);
    const entry = { purchaseId: 'of another version', token: 'nobody', entry: 'not JSON', withinMs: null };
    await side.queue.join(concertId, [entry], 10);
    expect(kindOf(await side.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
    expect(await inLine(side, concertId)).toBe(0);
    await expect.poll(() => side.counts.queueEntriesDropped).toBe(1);
    const { setAside } = queueKeys(side.redis.prefix, concertId);
    const [kept = ''] = await side.redis.primary.lrange(setAside, 0, -1);
    expect(JSON.parse(kept)).toMatchObject({ concertId, entry: 'not JSON' });
    expect((await side.commands.standing(concertId, 'of another version'))?.kind).toBe('unavailable');
  });
});

it('a concert whose log cannot be read does not keep the others waiting, and is told of once', async () => {
  const { side, concertId } = await onSale(5);
  const bad = await Promise.all(Array.from({ length: 8 }, () => schedule(side, 5)));
  for (const id of bad) await makeUnreadable(side, id);
  for (const id of [...bad, concertId]) await leaveInLine(side, id, 'ann');
  await untilAsync(async () => (await side.fold(concertId)).live === 1, 'the good concert to be drained');
  expect(side.counts.queueBypassed).toBeLessThanOrEqual(bad.length);
});

it('a queue that cannot be drained is told while it has purchases and no owner', async () => {
  const { side } = await onSale(5);
  const [bad, alsoBad] = [await schedule(side, 5), await schedule(side, 5)];
  for (const id of [bad, alsoBad]) {
    await makeUnreadable(side, id);
    await leaveInLine(side, id, 'ann');
  }
  const unserved = () => side.commands.ownership()?.unservedQueues.toSorted();
  await expect.poll(unserved, { timeout: 60_000 }).toEqual([bad, alsoBad].toSorted());
  // One queue is gone; the other is served by a process that can.
  const emptied = queueKeys(side.redis.prefix, bad);
  await side.redis.primary.del(emptied.entries, emptied.places);
  await side.redis.primary.srem(emptied.concerts, bad);
  const { owner } = queueKeys(side.redis.prefix, alsoBad);
  await untilAsync(async () => {
    await side.redis.primary.set(owner, 'another process|0|1', 'PX', 60_000, 'NX');
    return unserved()?.length === 0;
  }, 'the queues to be told no more');
});

describe('the place in line', () => {
  it('is told without reading those before it', async () => {
    const { side, concertId } = await onSale(5, { leaseMs: 60_000 });
    const letGo = await holdUp(side, concertId);
    const many = Array.from({ length: 2_000 }, (_, i) => `purchase ${i}`);
    const entry = { token: 'nobody', entry: 'x'.repeat(200), withinMs: null };
    await Promise.all(
      many.map((purchaseId) => side.queue.join(concertId, [{ purchaseId, ...entry }], 10_000)),
    );
    const readBefore = side.redis.primary.stream.bytesRead;
    const standing = await side.queue.standing(concertId, 'purchase 1999');
    expect(standing).toEqual({ kind: 'in-line', position: 2_000 });
    expect(side.redis.primary.stream.bytesRead - readBefore).toBeLessThan(1_000);
    await side.redis.primary.del(...(await side.redis.primary.keys(`${side.redis.prefix}queue*`)));
    await letGo();
  });

  it('is not known of an entry whose queue is gone', async () => {
    const { side, concertId } = await onSale(5, { leaseMs: 60_000 });
    const letGo = await holdUp(side, concertId);
    await side.commands.purchase(request(concertId, 'ann', { waitMs: 0 }));
    await side.redis.primary.del(queueKeys(side.redis.prefix, concertId).entries);
    const standing = await side.commands.standing(concertId, purchaseIdOf(concertId, 'key of ann'));
    expect(standing).toBeNull();
    await letGo();
  });
});

/** A Redis of this test alone; `copy` keeps what it holds now, and returns a way back to that. */
async function ownRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-older-redis-'));
  const [data, kept] = [join(folder, 'data'), join(folder, 'kept')];
  let redis: Redis = await startRedis({ dataDir: data });
  const { port, url } = redis;
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  cleanUps.push(() => redis.stop());
  return {
    servers: () => ({ ...testServers(), redisUrl: url }),
    async copy() {
      await cp(join(data, 'appendonlydir'), kept, { recursive: true });
      return async () => {
        process.kill(redis.pid, 'SIGKILL');
        await redis.stop();
        await rm(join(data, 'appendonlydir'), { recursive: true });
        await cp(kept, join(data, 'appendonlydir'), { recursive: true });
        redis = await startRedis({ dataDir: data, port });
      };
    },
  };
}
