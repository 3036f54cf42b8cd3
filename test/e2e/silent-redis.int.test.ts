import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { OwnRedis } from '../../bench/peers/own-redis.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { startLogged, urlOf } from './logged-service.js';
import { environment } from './running-service.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('a Redis that falls silent is told of once, while sales go on, and once more when it is used again', async () => {
  const redis = await OwnRedis.start();
  cleanUps.push(() => redis.stop());
  const servers = { ...testServers(), redisUrl: redis.url };
  const service = startLogged(
    environment(uniqueNamespace(), servers, { LOG_LEVEL: 'info', REDIS_COMMAND_TIMEOUT_MS: '1000' }),
  );
  cleanUps.push(async () => {
    service.process.kill('SIGTERM');
    await service.exited;
  });
  const url = await urlOf(service);
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as { readonly concertId: string } };
  };
  const { concertId } = (await post('/concerts', { name: 'Silence', capacity: 1_000, vipSeats: 0 })).body;
  const sell = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { status } = await post(`/concerts/${concertId}/purchases`, { customerId: randomUUID() });
      expect(status).toBe(201);
    }
  };
  const status = async () => ((await (await fetch(`${url}/readyz`)).json()) as { status: string }).status;

  const shown = async () => {
    const answer = await fetch(`${url}/concerts/${concertId}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as object;
  };

  await untilAsync(async () => (await status()) === 'ready', 'the service to be ready');
  await sell(3);
  expect(await shown()).toMatchObject({ owner: { process: expect.any(String), waiting: 0 } });
  redis.pause();
  expect(await shown()).not.toHaveProperty('owner');
  await sell(50);
  // One for each connection: commands, and subscriptions.
  await service.logged('Redis is not used until it answers again', 2);
  expect(await status()).toBe('degraded');
  expect(await shown()).not.toHaveProperty('owner');
  redis.resume();
  await service.logged('Redis is used again', 2);
  await untilAsync(async () => (await status()) === 'ready', 'the service to be ready again');
  await sell(3);
  const away = service.lines.filter(({ msg }) => msg === 'Redis is not used until it answers again');
  expect(away.map(({ problem }) => problem)).toEqual(Array(2).fill('no answer within 1000 ms'));
  expect(service.lines.filter(({ level, text }) => text !== undefined || Number(level) >= 50)).toEqual([]);
});
