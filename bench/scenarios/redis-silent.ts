import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import type { Slice } from '../measure/slice.js';
import { OwnRedis } from '../peers/own-redis.js';
import { type OnSale, putOnSale } from './baselines.js';

const inFlight = 64;
/** Much longer than the time-out of a Redis command, with which each silent slice begins. */
const shortestSliceMs = 2_000;
const readyWithinMs = 30_000;

/**
 * Measures sales with a silent Redis, which accepts connections and answers nothing, in turn with a Redis that was killed; and
 * with the first of three Redis silent, in turn with all three well. A slice begins with the fault, so it includes the cost of
 * noticing it.
 */
export async function redisSilent(bench: Bench): Promise<void> {
  await silentBesideKilled(bench);
  await oneOfThree(bench);
}

async function silentBesideKilled(bench: Bench): Promise<void> {
  const redis = await OwnRedis.start('--save', '');
  const killed = await putOnSale(bench, await startService(bench, [redis]));
  const silent: OnSale = { ...killed, slices: [] };
  for (let round = 0; round < bench.plan.redisSilent.rounds; round++) {
    await redis.kill();
    killed.slices.push(await sell(bench, killed));
    await redis.startAgain(['--save', '']);
    await untilReady(killed);
    redis.pause();
    silent.slices.push(await sell(bench, silent));
    redis.resume();
    await untilReady(silent);
  }
  bench.ratio('silent/killed', ratesOf(silent).map(dividedBy(ratesOf(killed))));
  await file(bench, 'Redis killed, or silent, in turn', [...killed.slices, ...silent.slices], killed);
  await redis.stop();
}

async function oneOfThree(bench: Bench): Promise<void> {
  const three = await Promise.all([OwnRedis.start(), OwnRedis.start(), OwnRedis.start()]);
  const [first] = three;
  const well = await putOnSale(bench, await startService(bench, three));
  const silent: OnSale = { ...well, slices: [] };
  for (let round = 0; round < bench.plan.redisSilent.rounds; round++) {
    well.slices.push(await sell(bench, well));
    first?.pause();
    silent.slices.push(await sell(bench, silent));
    first?.resume();
    await untilReady(well);
  }
  bench.ratio('one-of-three', ratesOf(silent).map(dividedBy(ratesOf(well))));
  await file(
    bench,
    'three Redis, all well or the first silent, in turn',
    [...well.slices, ...silent.slices],
    well,
  );
  await Promise.all(three.map((redis) => redis.stop()));
}

const startService = (bench: Bench, redis: readonly OwnRedis[]) =>
  bench.startService('batch', 1, {
    servers: { ...bench.servers, redisUrl: redis.map(({ url }) => url).join(',') },
  });

const sell = (bench: Bench, { system, sale }: OnSale): Promise<Slice> => {
  const durationMs = Math.max(shortestSliceMs, 4 * bench.plan.sliceMs);
  return bench.slice(system, [sale], { kind: 'closed', inFlight, durationMs, buyers: null });
};

const ratesOf = ({ slices }: OnSale): number[] => slices.map(({ acceptedPerSecond }) => acceptedPerSecond);

const dividedBy = (others: readonly number[]) => (rate: number, i: number) =>
  rate / (others[i] ?? Number.NaN);

async function file(
  bench: Bench,
  what: string,
  slices: readonly Slice[],
  { system, sale }: OnSale,
): Promise<void> {
  await bench.file(system, { scenario: 'redis-silent', inFlight, details: { what } }, slices, [sale]);
  await system.stop();
}

/** Resolves when the service uses Redis again. */
async function untilReady({ system }: OnSale): Promise<void> {
  const end = performance.now() + readyWithinMs;
  for (;;) {
    const answer = await request(`${system.url}/readyz`);
    const { status } = (await answer.body.json()) as { readonly status: string };
    if (status === 'ready') return;
    if (performance.now() >= end) throw new Error(`the service is still ${status}`);
    await delay(50);
  }
}
