import { availableParallelism } from 'node:os';
import type { Load } from '../load/load-generators.js';
import type { Order } from '../load/protocol.js';
import type { Bottleneck } from '../report/result.js';
import type { Sale, System } from '../systems/system.js';
import {
  type CpuByProcess,
  type CpuMicros,
  cpuBetween,
  cpuByProcess,
  cpuGroups,
  cpuNow,
  type Pids,
} from './cpu.js';

/** One uninterrupted piece of load on one system. */
export interface Slice {
  readonly load: Load;
  /** The time until the last answer, or until the last decision where that comes later. */
  readonly seconds: number;
  readonly accepted: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly cpu: CpuMicros;
  /** The CPU time of each process of the system; empty where it cannot be known. */
  readonly cpuByProcess: CpuByProcess;
  readonly bottleneck: Bottleneck;
}

export async function takeSlice(
  run: (order: Order) => Promise<Load>,
  pids: Pids,
  system: System,
  sale: Sale,
  order: Order,
): Promise<Slice> {
  const before = cpuNow(pids);
  const beforeByProcess = cpuByProcess(system.pid);
  const started = performance.now();
  const load = await run(order);
  const later = load.counts.queued > 0 && sale.soldLater !== undefined ? await sale.soldLater() : null;
  const seconds = later === null ? load.seconds : (performance.now() - started) / 1_000;
  const cpu = cpuBetween(before, cpuNow(pids));
  const accepted = load.counts.accepted + (later ?? 0);
  return {
    load,
    seconds,
    accepted,
    acceptedPerSecond: accepted / seconds,
    refusedPerSecond: load.counts.refused / seconds,
    cpu,
    cpuByProcess: usedSince(beforeByProcess, cpuByProcess(system.pid)),
    bottleneck: bottleneckOf(load.busy, cpu, seconds, system.processes),
  };
}

const usedSince = (before: CpuByProcess, after: CpuByProcess): CpuByProcess =>
  new Map([...after].map(([pid, micros]) => [pid, micros - (before.get(pid) ?? 0)]));

/** Microseconds of everything but the load for each unit of work; NaN where they are not known. */
export function cpuPerUnit({ cpu }: Slice, units: number): number {
  const used = cpuGroups.filter((group) => group !== 'load').map((group) => cpu[group] ?? Number.NaN);
  return used.reduce((sum, each) => sum + each, 0) / units;
}

/** The process that answered requests and used the most CPU time, and its microseconds; null where they are not known. */
export function busiestProcess(
  { cpuByProcess }: Pick<Slice, 'cpuByProcess'>,
  { pid, processes }: Pick<System, 'pid' | 'processes'>,
): { readonly pid: number; readonly micros: number } | null {
  // With several processes, the one that started the others projects.
  const answering = [...cpuByProcess].filter(([each]) => processes === 1 || each !== pid);
  const [busiest] = answering.toSorted(([, a], [, b]) => b - a);
  return busiest === undefined ? null : { pid: busiest[0], micros: busiest[1] };
}

/** A process that runs for this share of the time or more counts as busy. */
const busy = 0.9;

export function bottleneckOf(
  loadBusy: number,
  cpu: CpuMicros,
  seconds: number,
  processes: number,
): Bottleneck {
  const available = seconds * 1_000_000;
  const service = (cpu.service ?? 0) / (available * processes);
  if (service >= busy) return 'service';
  if (loadBusy >= busy) return 'load';
  const all = cpuGroups.reduce((sum, group) => sum + (cpu[group] ?? 0), 0);
  return all / (available * availableParallelism()) >= busy ? 'machine' : 'waiting';
}
