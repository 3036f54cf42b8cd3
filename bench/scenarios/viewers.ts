import type { Bench } from '../bench.js';
import { Viewers } from '../load/viewers.js';
import { cpuPerUnit } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { finish, putOnSale, takeSliceOf } from './baselines.js';

const inFlight = 64;
const watching = 1_000;

/** Sales with a thousand viewers of the concert, in turn with sales that nobody watches. */
export async function viewers(bench: Bench): Promise<void> {
  const onSale = await putOnSale(bench, await bench.startService('batch', 1));
  const { system, sale } = onSale;
  const concertPath = sale.path.replace(/\/purchases$/, '');
  const pairs = await interleave(
    bench.plan.rounds,
    async () => {
      const crowd = await Viewers.start(system.url, concertPath, watching);
      const slice = await takeSliceOf(bench, onSale, inFlight);
      await crowd.stop();
      return slice;
    },
    () => takeSliceOf(bench, onSale, inFlight),
  );
  bench.ratio(
    'viewers/none',
    pairs.map(({ a, b }) => a.acceptedPerSecond / b.acceptedPerSecond),
    pairs.map(({ a, b }) => cpuPerUnit(b, b.accepted) / cpuPerUnit(a, a.accepted)),
  );
  await finish(bench, onSale, 'viewers');
}
