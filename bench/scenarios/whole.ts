import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { builtFile } from '../built-file.js';
import { Viewers } from '../load/viewers.js';
import { cpuPerUnit, type Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { credentials, guarded } from './access.js';
import { type OnSale, putOnSale, takeSliceOf } from './baselines.js';

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
  const takeAll = () => watchedSlice(bench, all);
  const takeBare = () => takeSliceOf(bench, bare, inFlight);
  // What viewers bring is compiled when it is first used: a round of that does not count.
  await takeAll();
  await takeBare();
  for (const { slices } of [all, bare]) slices.length = 0;
  const pairs = await interleave(bench.plan.rounds, takeAll, takeBare);
  const cpu = pairs.map(({ a, b }) => cpuPerUnit(b, b.accepted) / cpuPerUnit(a, a.accepted));
  bench.ratio('bare/whole', cpu.filter(Number.isFinite));
  for (const { system, slices } of [all, bare]) {
    // Not judged: the keys of guarded purchases are their customers' own, and not those that buyers know.
    await bench.file(system, { scenario: 'whole', inFlight }, slices, []);
    await system.stop();
  }
}

async function watchedSlice(bench: Bench, onSale: OnSale): Promise<Slice> {
  const { system, sale } = onSale;
  const crowd = await Viewers.start(system.url, sale.path.replace(/\/purchases$/, ''), watching);
  const scraped = request(`${system.url}/metrics`).then(({ body }) => body.dump());
  const slice = await takeSliceOf(bench, onSale, inFlight);
  await Promise.all([crowd.stop(), scraped]);
  return slice;
}
