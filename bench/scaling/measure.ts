import { cpus, loadavg } from 'node:os';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { type CpuMicros, cpuGroups } from '../measure/cpu.js';
import { busiestProcess, type Slice } from '../measure/slice.js';
import { commitNow } from '../report/report.js';
import { BareStream } from '../scenarios/bare-stream.js';
import { large } from '../scenarios/baselines.js';
import type { Sale, System } from '../systems/system.js';
import { fitCost, type MeasuredRun, type Parameters } from './parameters.js';

/** Not 1: a process that is idle in between uses more for each append than a busy one, and no large sale is like that. */
const inFlights = [16, 64, 256] as const;
const checked = [64, 256] as const;
const processCounts = [1, 2, 4] as const;
const appendMs = 1_500;
/** The longest that a number of requests may take. */
const longestMs = 60_000;
const warmUpBuyers = 6_000;
const manyBuyers = 4_000;

/** Measures what the simulation needs, and the sales that it is checked with. Takes about two minutes on two idle cores. */
export async function measure(bench: Bench, say: (line: string) => void): Promise<Parameters> {
  const loadBefore = loadavg()[0] ?? 0;
  say('no-op POSTs');
  const noop = await measureNoop(bench);
  say('appends with nothing else to do');
  const appendMicros = await measureAppend(bench);
  const runs: MeasuredRun[] = [];
  let refusal: Parameters['refusal'] | null = null;
  for (const mode of ['batch', 'queue'] as const) {
    for (const processes of processCounts) {
      say(`${mode}, ${processes} processes`);
      const system = await bench.startService(mode, processes);
      await warmUp(bench, system);
      const isAlone = mode === 'batch' && processes === 1;
      for (const inFlight of isAlone ? inFlights : checked) {
        const run = await measureSale(bench, system, mode, inFlight);
        runs.push(run);
      }
      if (isAlone) refusal = await measureRefusals(bench, system);
      await system.stop();
    }
  }
  if (refusal === null) throw new Error('nothing was measured');
  const alone = runs.filter(({ mode, processes }) => mode === 'batch' && processes === 1);
  // Where several answer requests, the process that started them does nothing but project.
  const projecting = runs.filter(({ mode, processes }) => mode === 'batch' && processes > 1);
  // The more is sold, the larger are the batches in which it is projected.
  const project = Math.min(...projecting.map(({ projectingMicros }) => projectingMicros));
  const of = (micros: (run: MeasuredRun) => number) =>
    fitCost(alone.map((run) => ({ batch: run.batch, micros: micros(run) })));
  const service = of(({ serviceMicros }) => serviceMicros);
  const extra = (micros: (run: MeasuredRun) => number) => {
    const one = (mode: MeasuredRun['mode']) =>
      mean(
        runs
          .filter(({ inFlight }) => checked.some((each) => each === inFlight))
          .filter((run) => run.mode === mode && run.processes === 1)
          .map(micros),
      );
    return Math.max(0, one('queue') - one('batch'));
  };
  return {
    measuredAt: new Date().toISOString(),
    commit: commitNow(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    loadAverage: [loadBefore, loadavg()[0] ?? 0],
    http: noop.http,
    decide: { ...service, perSale: Math.max(0, service.perSale - noop.http - project) },
    project,
    eventStore: of(({ eventStoreMicros }) => eventStoreMicros),
    postgres: of(({ postgresMicros }) => postgresMicros),
    redis: of(({ redisMicros }) => redisMicros),
    handOver: {
      service: extra(({ serviceMicros }) => serviceMicros),
      redis: extra(({ redisMicros }) => redisMicros),
    },
    refusal,
    load: noop.load,
    appendMicros,
    runs,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** So many requests, however busy the machine is: CPU time is counted in ticks, and code is compiled by use. */
const buy = (bench: Bench, system: System, sale: Sale, inFlight: number, buyers: number): Promise<Slice> =>
  bench.slice(system, [sale], { kind: 'closed', inFlight, durationMs: longestMs, buyers });

async function warmUp(bench: Bench, system: System): Promise<void> {
  await buy(bench, system, await system.schedule(large), 64, warmUpBuyers);
}

async function measureNoop(bench: Bench): Promise<{ readonly http: number; readonly load: number }> {
  const noop = await bench.startPeer('noop', bench.servers.redisUrl);
  await warmUp(bench, noop);
  const { cpu, accepted } = await buy(bench, noop, await noop.schedule(large), 64, manyBuyers);
  await noop.stop();
  return { http: (cpu.service ?? Number.NaN) / accepted, load: (cpu.load ?? Number.NaN) / accepted };
}

async function measureAppend(bench: Bench): Promise<number> {
  const stream = new BareStream(bench.servers.eventStoreUrl);
  await stream.durations(appendMs);
  const durations = await stream.durations(appendMs);
  await stream.close();
  const quick = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 10)];
  return (quick ?? Number.NaN) * 1_000;
}

async function measureSale(bench: Bench, system: System, mode: MeasuredRun['mode'], inFlight: number) {
  const sale = await system.schedule(large);
  const before = await appendsOf(system);
  const slice = await buy(bench, system, sale, inFlight, manyBuyers);
  const after = await appendsOf(system);
  const { cpu, accepted, seconds } = slice;
  const verdict = await sale.judge([]);
  if (verdict.broken.length > 0) throw new Error(verdict.broken.join('; '));
  const each = (group: keyof CpuMicros) => (cpu[group] ?? Number.NaN) / accepted;
  return {
    ...{ mode, inFlight, processes: system.processes, salesPerSecond: accepted / seconds },
    batch: (after.commands - before.commands) / Math.max(1, after.appends - before.appends),
    serviceMicros: each('service'),
    busiestMicros: (busiestProcess(slice, system)?.micros ?? Number.NaN) / accepted,
    projectingMicros: (slice.cpuByProcess.get(system.pid) ?? Number.NaN) / accepted,
    eventStoreMicros: each('eventStore'),
    postgresMicros: each('postgres'),
    redisMicros: each('redis'),
    loadMicros: each('load'),
    coresUsed: cpuGroups.reduce((sum, group) => sum + (cpu[group] ?? 0), 0) / (seconds * 1_000_000),
  };
}

/** As the service counts them, over all its processes. */
async function appendsOf({ url }: System): Promise<{ readonly commands: number; readonly appends: number }> {
  const text = await (await request(`${url}/metrics`)).body.text();
  const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  return { commands: value('onsale_append_commands_sum'), appends: value('onsale_append_commands_count') };
}

async function measureRefusals(bench: Bench, system: System): Promise<Parameters['refusal']> {
  const sale = await system.schedule({ capacity: 10, vipSeats: 10 });
  await buy(bench, system, sale, 64, warmUpBuyers);
  const { cpu, load } = await buy(bench, system, sale, 64, manyBuyers);
  const { refused } = load.counts;
  return { service: (cpu.service ?? Number.NaN) / refused, redis: (cpu.redis ?? Number.NaN) / refused };
}
