import type { Bench } from '../bench.js';
import { interleave, spreadOf } from '../measure/spread.js';
import { milliseconds } from '../report/summarise.js';
import { BareStream } from './bare-stream.js';
import { large, type OnSale, takeSliceOf } from './baselines.js';

const warmUpAppends = 200;

/** Purchases with no other in flight, in turn with bare appends of one such event through the same client, one at a time. */
export async function alone(bench: Bench): Promise<void> {
  const system = await bench.startService('batch', 1);
  await bench.warmUp(system, 1, bench.plan.batchWarmUps);
  const onSale: OnSale = { system, sale: await system.schedule(large), slices: [] };
  const stream = new BareStream(bench.servers.eventStoreUrl);
  for (let i = 0; i < warmUpAppends; i++) await stream.append();
  const pairs = await interleave(
    bench.plan.rounds,
    () => takeSliceOf(bench, onSale, 1),
    async () => spreadOf(await stream.durations(bench.plan.sliceMs)).median,
  );
  bench.ratio(
    'alone',
    pairs.map(({ a, b }) => (milliseconds(a.load.accepted, 50) ?? Number.NaN) / b),
  );
  const details = { appendP50Ms: spreadOf(pairs.map(({ b }) => b)).median };
  await bench.file(system, { scenario: 'alone', inFlight: 1, details }, onSale.slices, [onSale.sale]);
  await system.stop();
  await stream.close();
}
