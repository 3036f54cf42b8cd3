import type { Bench } from '../bench.js';
import { busiestProcess, type Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import type { System } from '../systems/system.js';
import { large, type OnSale, takeSliceOf } from './baselines.js';

/**
 * Sells one concert by several processes, in turn with one process: what a process adds, and what it costs. With several, each
 * answers requests and one more projects; with one, that one does both.
 */
export async function scaleOut(bench: Bench): Promise<void> {
  const { modes, processes } = bench.plan.scaleOut;
  for (const mode of modes) {
    const one = await warmService(bench, mode, 1);
    for (const count of processes) {
      const several = await warmService(bench, mode, count);
      for (const inFlight of bench.plan.scaleOut.inFlight) await compareAt(bench, several, one, inFlight);
      await several.stop();
    }
    await one.stop();
  }
}

/** The most processes that an aim is about, and for each of which a service is warmed up longer. */
const mostJudged = 4;

/** Each process has to compile its code on its share of the requests, so several take longer to warm up than one. */
async function warmService(bench: Bench, mode: 'batch' | 'queue', processes: number): Promise<System> {
  const system = await bench.startService(mode, processes);
  await bench.warmUp(system, 64, bench.plan.batchWarmUps * Math.min(processes, mostJudged));
  return system;
}

async function compareAt(bench: Bench, several: System, one: System, inFlight: number): Promise<void> {
  const many: OnSale = { system: several, sale: await several.schedule(large), slices: [] };
  const alone: OnSale = { system: one, sale: await one.schedule(large), slices: [] };
  const { rounds, shownRounds } = bench.plan.scaleOut;
  const pairs = await interleave(
    several.processes > mostJudged ? shownRounds : rounds,
    () => takeSliceOf(bench, many, inFlight),
    () => takeSliceOf(bench, alone, inFlight),
  );
  const situation = `${several.name}, ${several.processes} processes, ${inFlight} in flight` as const;
  bench.ratio(
    `scale-out/sales: ${situation}`,
    pairs.map(({ a, b }) => a.acceptedPerSecond / b.acceptedPerSecond),
  );
  bench.ratio(
    `scale-out/cpu: ${situation}`,
    pairs.map(({ a, b }) => serviceCpu(a) / serviceCpu(b)),
  );
  const shares = pairs.map(({ a }) => (busiestProcess(a, several)?.micros ?? Number.NaN) / a.accepted);
  bench.ratio(`owner/share: ${situation}`, shares);
  await fileSlices(bench, many, inFlight);
  await fileSlices(bench, alone, inFlight);
}

/** Microseconds of CPU time for each sale, in all processes of the service. */
const serviceCpu = ({ cpu, accepted }: Slice): number => (cpu.service ?? Number.NaN) / accepted;

async function fileSlices(bench: Bench, { system, sale, slices }: OnSale, inFlight: number): Promise<void> {
  const busiest = slices.reduce((sum, slice) => sum + (busiestProcess(slice, system)?.micros ?? 0), 0);
  const accepted = slices.reduce((sum, slice) => sum + slice.accepted, 0);
  const details = { cpuMicrosOfBusiest: Math.round(busiest / accepted) };
  await bench.file(system, { scenario: 'scale-out', inFlight, details }, slices, [sale]);
}
