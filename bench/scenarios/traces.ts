import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Bench } from '../bench.js';
import { builtFile } from '../built-file.js';
import { cpuPerUnit } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import { compare, finish, perAccepted, putOnSale, takeSliceOf } from './baselines.js';

const inFlight = 64;

const withoutHooks = pathToFileURL(builtFile('bench/load/without-trace-hooks.js')).href;

/**
 * Sales of a service that traces every purchase, in turn with one that traces none, which loads nothing of OpenTelemetry; and sales
 * of that one in turn with one from whose code the calls of traces are taken out, by CPU time: what traces cost where they are off.
 */
export async function traces(bench: Bench): Promise<void> {
  // A collector that reads what it is sent, and drops it.
  const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const start = async (variables: Readonly<Record<string, string>>) =>
    putOnSale(bench, await bench.startService('batch', 1, { variables }));
  const traced = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const untraced = await start({});
  await compare(bench, 'traced/untraced', traced, untraced, perAccepted);
  await finish(bench, traced, 'traces');
  const unhooked = await start({ NODE_OPTIONS: `--import ${withoutHooks}` });
  const pairs = await interleave(
    bench.plan.rounds,
    () => takeSliceOf(bench, untraced, inFlight),
    () => takeSliceOf(bench, unhooked, inFlight),
  );
  const cpu = pairs.map(({ a, b }) => cpuPerUnit(b, b.accepted) / cpuPerUnit(a, a.accepted));
  bench.ratio('untraced/unhooked', cpu.filter(Number.isFinite));
  await finish(bench, unhooked, 'traces');
  await finish(bench, untraced, 'traces');
  collector.closeAllConnections();
  collector.close();
}
