import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { builtFile } from '../built-file.js';
import { Viewers } from '../load/viewers.js';
import { cpuPerUnit, type Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { credentials, guarded } from './access.js';
import { finish, type OnSale, putOnSale, takeSliceOf } from './baselines.js';

const inFlight = 64;
const watching = 1_000;
const withoutMetrics = pathToFileURL(builtFile('bench/load/without-metrics.js')).href;

/**
 * Sales of a service as the public meets it (tokens are checked, requests counted, a thousand viewers watch, metrics are kept and
 * scraped), in turn with sales of one that does none of it. By CPU time: the viewers themselves share the machine.
 */
export async function whole(bench: Bench): Promise<void> {
  const start = async (variables: Readonly<Record<string, string>>) =>
    putOnSale(bench, await bench.startService('batch', 1, { variables, credentials }));
  const all = await start(guarded);
  const bare = await start({ NODE_OPTIONS: `--import ${withoutMetrics}` });
  const pairs = await interleave(
    bench.plan.rounds,
    () => watchedSlice(bench, all),
    () => takeSliceOf(bench, bare, inFlight),
  );
  const cpu = pairs.map(({ a, b }) => cpuPerUnit(b, b.accepted) / cpuPerUnit(a, a.accepted));
  bench.ratio('bare/whole', cpu.filter(Number.isFinite));
  await finish(bench, all, 'whole');
  await finish(bench, bare, 'whole');
}

async function watchedSlice(bench: Bench, onSale: OnSale): Promise<Slice> {
  const { system, sale } = onSale;
  const crowd = await Viewers.start(system.url, sale.path.replace(/\/purchases$/, ''), watching);
  const scraped = request(`${system.url}/metrics`).then(({ body }) => body.dump());
  const slice = await takeSliceOf(bench, onSale, inFlight);
  await Promise.all([crowd.stop(), scraped]);
  return slice;
}
