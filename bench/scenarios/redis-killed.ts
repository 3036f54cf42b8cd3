import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { OwnRedis } from '../peers/own-redis.js';
import type { System } from '../systems/system.js';

const inFlight = 64;

/** Kills Redis with -9 in the middle of a sale, starts it again, and counts the acknowledged sales that are left. */
export async function redisKilled(bench: Bench): Promise<void> {
  await killDuring(bench, (redis) => bench.startPeer('redis-lua', redis.url));
  await killDuring(bench, (redis) =>
    bench.startService('batch', 1, { servers: { ...bench.servers, redisUrl: redis.url } }),
  );
}

async function killDuring(bench: Bench, start: (redis: OwnRedis) => Promise<System>): Promise<void> {
  const redis = await OwnRedis.start();
  const system = await start(redis);
  await bench.warmUp(system, inFlight);
  const sale = await system.schedule({ capacity: 1_000_000, vipSeats: 10 });
  const durationMs = 2 * bench.plan.sliceMs;
  const selling = bench.slice(system, [sale], { kind: 'closed', inFlight, durationMs, buyers: null });
  await delay(durationMs / 2);
  await redis.kill();
  const slice = await selling;
  await redis.startAgain();
  const details = { what: 'Redis killed with -9 halfway, started again after' };
  await bench.file(system, { scenario: 'redis-killed', inFlight, details }, [slice], [sale]);
  await system.stop();
  await redis.stop();
}
