import { cpus, loadavg } from 'node:os';
import type { Bench } from '../bench.js';
import { type CpuMicros, cpuGroups } from '../measure/cpu.js';
import { busiestProcess } from '../measure/slice.js';
import { commitNow } from '../report/report.js';
import { BareStream } from '../scenarios/bare-stream.js';
import { large } from '../scenarios/baselines.js';
import type { System } from '../systems/system.js';
import { appendsOf, buy, inFlights, manyBuyers, mean, perAppend, warmUpBuyers } from './buy.js';
import { measureApart } from './measure-apart.js';
import { fitCost, type MeasuredRun, type Parameters } from './parameters.js';

const checked = [64, 256] as const;
const processCounts = [1, 2, 4] as const;
const appendMs = 1_500;

/** Measures what the simulation needs, and the sales that it is checked with. Takes about three minutes on two idle cores. */
export async function measure(bench: Bench, say: (line: string) => void): Promise<Parameters> {
  const loadBefore = loadavg()[0] ?? 0;
  say('appends with nothing else to do');
  const appendMicros = await measureAppend(bench);
  say('an owner that is asked by no buyer');
  const apart = await measureApart(bench);
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
  const of = (micros: (run: MeasuredRun) => number) =>
    fitCost(alone.map((run) => ({ batch: run.batch, micros: micros(run) })));
  const own = of(({ serviceMicros }) => serviceMicros);
  const redisOf = (mode: MeasuredRun['mode']) =>
    mean(
      runs.filter((run) => run.mode === mode && run.processes === 1).map(({ redisMicros }) => redisMicros),
    );
  return {
    measuredAt: new Date().toISOString(),
    commit: commitNow(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    loadAverage: [loadBefore, loadavg()[0] ?? 0],
    ...apart,
    own: { ...own, perSale: Math.max(0, own.perSale - apart.project) },
    eventStore: of(({ eventStoreMicros }) => eventStoreMicros),
    postgres: of(({ postgresMicros }) => postgresMicros),
    redis: of(({ redisMicros }) => redisMicros),
    handOver: Math.max(0, redisOf('queue') - redisOf('batch')),
    refusal,
    load: mean(alone.map(({ loadMicros }) => loadMicros)),
    appendMicros,
    runs,
  };
}

async function warmUp(bench: Bench, system: System): Promise<void> {
  await buy(bench, system, await system.schedule(large), 64, warmUpBuyers);
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
    batch: perAppend(before, after),
    serviceMicros: each('service'),
    busiestMicros: (busiestProcess(slice, system)?.micros ?? Number.NaN) / accepted,
    eventStoreMicros: each('eventStore'),
    postgresMicros: each('postgres'),
    redisMicros: each('redis'),
    loadMicros: each('load'),
    coresUsed: cpuGroups.reduce((sum, group) => sum + (cpu[group] ?? 0), 0) / (seconds * 1_000_000),
  };
}

async function measureRefusals(bench: Bench, system: System): Promise<Parameters['refusal']> {
  const sale = await system.schedule({ capacity: 10, vipSeats: 10 });
  await buy(bench, system, sale, 64, warmUpBuyers);
  const { cpu, load } = await buy(bench, system, sale, 64, manyBuyers);
  const { refused } = load.counts;
  return { service: (cpu.service ?? Number.NaN) / refused, redis: (cpu.redis ?? Number.NaN) / refused };
}
