import type { Bench } from '../bench.js';
import { cpuPerUnit, type Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { OwnRedis } from '../peers/own-redis.js';
import type { PeerName } from '../peers/peers.js';
import type { RatioKey } from '../report/result.js';
import type { Sale, System } from '../systems/system.js';

const inFlight = 64;
export const large = { capacity: 1_000_000, vipSeats: 10 };

/** A system in the middle of a large sale. */
export interface OnSale {
  readonly system: System;
  readonly sale: Sale;
  readonly slices: Slice[];
}

export async function putOnSale(bench: Bench, system: System, terms = large): Promise<OnSale> {
  await bench.warmUp(system, inFlight, system.name === 'batch' ? bench.plan.batchWarmUps : 2);
  return { system, sale: await system.schedule(terms), slices: [] };
}

/** `batch` in turn with each baseline, 64 in flight, one process each. */
export async function baselines(bench: Bench): Promise<void> {
  const redis = await OwnRedis.start();
  bench.alsoRedis(redis.pid);
  const batch = await putOnSale(bench, await bench.startService('batch', 1));
  const withAim: readonly PeerName[] = ['noop', 'pg-for-update', 'redis-lua', 'raw-append'];
  const others: readonly PeerName[] = ['bare-http', 'pg-conditional', 'redis-sorted-set'];
  for (const name of bench.plan.allPeers ? [...withAim, ...others] : withAim) {
    const peer = await putOnSale(bench, await bench.startPeer(name, redis.url));
    await compare(bench, `batch/${name}` as RatioKey, batch, peer, perAccepted);
    await finish(bench, peer);
  }
  const lock = await putOnSale(bench, await bench.startService('lock', 1));
  await compare(bench, 'batch/lock', batch, lock, perAccepted);
  await finish(bench, lock);
  await finish(bench, batch);
  await redis.stop();
}

/** Modes `queue` and `batch` in turn, over four processes each: what order of arrival costs. */
export async function order(bench: Bench): Promise<void> {
  const queue = await putOnSale(bench, await bench.startService('queue', 4));
  const batch = await putOnSale(bench, await bench.startService('batch', 4));
  await compare(bench, 'queue/batch', queue, batch, perAccepted);
  await finish(bench, queue, 'order');
  await finish(bench, batch, 'order');
}

/** The answers of a slice that a ratio is about. */
export type Count = (slice: Slice) => { readonly rate: number; readonly units: number };
export const perAccepted: Count = ({ acceptedPerSecond, accepted }) => ({
  rate: acceptedPerSecond,
  units: accepted,
});
export const perRefused: Count = ({ refusedPerSecond, load }) => ({
  rate: refusedPerSecond,
  units: load.counts.refused,
});

/** Takes one more slice of a sale. */
export async function takeSliceOf(
  bench: Bench,
  { system, sale, slices }: OnSale,
  inFlight: number,
): Promise<Slice> {
  const wanted = { kind: 'closed', inFlight, durationMs: bench.plan.sliceMs, buyers: null } as const;
  const slice = await bench.slice(system, [sale], wanted);
  slices.push(slice);
  return slice;
}

/** Takes slices of both in turn; files the ratio of a's rate to b's. */
export async function compare(
  bench: Bench,
  key: RatioKey,
  a: OnSale,
  b: OnSale,
  countA: Count,
  countB: Count = perAccepted,
): Promise<void> {
  const pairs = await interleave(
    bench.plan.rounds,
    () => takeSliceOf(bench, a, inFlight),
    () => takeSliceOf(bench, b, inFlight),
  );
  bench.ratio(
    key,
    pairs.map((pair) => countA(pair.a).rate / countB(pair.b).rate),
    pairs.map(({ a, b }) => cpuPerUnit(b, countB(b).units) / cpuPerUnit(a, countA(a).units)),
  );
}

export async function finish(
  bench: Bench,
  { system, sale, slices }: OnSale,
  scenario = 'baselines',
): Promise<void> {
  await bench.file(system, { scenario, inFlight }, slices, [sale]);
  await system.stop();
}
