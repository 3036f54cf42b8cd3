import type { Bench } from '../bench.js';
import { cpuGroups } from '../measure/cpu.js';
import type { Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { OwnRedis } from '../peers/own-redis.js';
import type { PeerName } from '../peers/peers.js';
import type { RatioKey } from '../report/result.js';
import type { Sale, Seller } from '../systems/seller.js';

const inFlight = 64;
const large = { capacity: 1_000_000, vipSeats: 10 };

/** A seller in the middle of a large sale. */
export interface OnSale {
  readonly seller: Seller;
  readonly sale: Sale;
  readonly slices: Slice[];
}

export async function putOnSale(bench: Bench, seller: Seller, terms = large): Promise<OnSale> {
  await bench.warmUp(seller, inFlight, seller.name === 'batch' ? bench.plan.batchWarmUps : 2);
  return { seller, sale: await seller.schedule(terms), slices: [] };
}

/** `batch` and what it stands beside, in turn: 64 in flight, one process each. */
export async function beside(bench: Bench): Promise<void> {
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

/** The same over four processes, in order of arrival and not. */
export async function order(bench: Bench): Promise<void> {
  const queue = await putOnSale(bench, await bench.startService('queue', 4));
  const batch = await putOnSale(bench, await bench.startService('batch', 4));
  await compare(bench, 'queue/batch', queue, batch, perAccepted);
  await finish(bench, queue, 'order');
  await finish(bench, batch, 'order');
}

/** What is counted of a slice. */
type Count = (slice: Slice) => { readonly rate: number; readonly units: number };
export const perAccepted: Count = ({ acceptedPerSecond, accepted }) => ({
  rate: acceptedPerSecond,
  units: accepted,
});
export const perRefused: Count = ({ refusedPerSecond, load }) => ({
  rate: refusedPerSecond,
  units: load.counts.refused,
});

/** Slices of both in turn; files the ratio of a's rate to b's. */
export async function compare(
  bench: Bench,
  key: RatioKey,
  a: OnSale,
  b: OnSale,
  countA: Count,
  countB: Count = perAccepted,
): Promise<void> {
  const { rounds, sliceMs } = bench.plan;
  const take = async ({ seller, sale, slices }: OnSale): Promise<Slice> => {
    const wanted = { kind: 'closed', inFlight, durationMs: sliceMs, buyers: null } as const;
    const slice = await bench.slice(seller, [sale], wanted);
    slices.push(slice);
    return slice;
  };
  const pairs = await interleave(
    rounds,
    () => take(a),
    () => take(b),
  );
  bench.ratio(
    key,
    pairs.map((pair) => countA(pair.a).rate / countB(pair.b).rate),
    pairs.map((pair) => cpuEach(pair.b, countB) / cpuEach(pair.a, countA)),
  );
}

/** CPU time per unit of everything but the load. NaN where it is not known. */
function cpuEach(slice: Slice, count: Count): number {
  const used = cpuGroups.filter((group) => group !== 'load').map((group) => slice.cpu[group] ?? Number.NaN);
  return used.reduce((sum, each) => sum + each, 0) / count(slice).units;
}

export async function finish(
  bench: Bench,
  { seller, sale, slices }: OnSale,
  scenario = 'beside',
): Promise<void> {
  await bench.file(seller, { scenario, inFlight }, slices, [sale]);
  await seller.stop();
}
