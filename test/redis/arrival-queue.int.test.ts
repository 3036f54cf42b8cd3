import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ArrivalQueue } from '../../src/redis/queue/arrival-queue.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

const servers = connectRedis({
  urls: testServers().redisUrl.split(','),
  namespace: uniqueNamespace(),
  commandTimeoutMs: 5_000,
  onError: () => {},
});
afterAll(() => disconnectRedis(servers));

it('every key of a queue expires, and what is kept of refusals has a bound', async () => {
  await settled(servers);
  const queue = new ArrivalQueue(servers);
  const concertId = randomUUID();
  const named = queueKeys(servers.prefix, concertId);
  const buyers = Array.from({ length: 10_500 }, (_, i) => `purchase ${i}`);
  for (let at = 0; at < buyers.length; at += 500) {
    const some = buyers.slice(at, at + 500);
    await queue.join(concertId, some.map(newEntry), 10_000);
    expect(await queue.claim(concertId, 'me')).toBe(true);
    const read = await queue.read(concertId, 'me', 500);
    const arrivals = read.kind === 'entries' ? read.arrivals : [];
    const refused = arrivals.map((arrival) => ({ ...arrival, outcome: 'refused', keep: true }));
    expect(await queue.answer(concertId, 'me', refused)).toBe(true);
  }
  expect(await servers.primary.hlen(named.outcomes)).toBe(10_000);
  expect(await servers.primary.zcard(named.keptAt)).toBe(10_000);
  expect(await queue.standing(concertId, 'purchase 0')).toBeNull();
  expect(await queue.standing(concertId, 'purchase 10499')).toEqual({ kind: 'kept', outcome: 'refused' });
  await queue.join(concertId, [newEntry('one more')], 10_000);
  const { concerts: _, setAside: __, ...ofTheConcert } = named;
  for (const key of Object.values(ofTheConcert)) {
    if ((await servers.primary.exists(key)) === 1) expect(await servers.primary.pttl(key)).toBeGreaterThan(0);
  }
});

const newEntry = (purchaseId: string) => ({
  ...{ purchaseId, token: purchaseId, entry: 'request', withinMs: null },
});
