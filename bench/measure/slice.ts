import { availableParallelism } from 'node:os';
import type { Load } from '../load/load-generators.js';
import type { Order } from '../load/protocol.js';
import type { Bottleneck } from '../report/result.js';
import type { Sale, Seller } from '../systems/seller.js';
import { type CpuMicros, cpuBetween, cpuGroups, cpuNow, type Pids } from './cpu.js';

/** One uninterrupted piece of load on one seller. */
export interface Slice {
  readonly load: Load;
  /** Until the last answer, or, where buyers are told later, until the last decision. */
  readonly seconds: number;
  readonly accepted: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly cpu: CpuMicros;
  readonly bottleneck: Bottleneck;
}

export async function takeSlice(
  run: (order: Order) => Promise<Load>,
  pids: Pids,
  seller: Seller,
  sale: Sale,
  order: Order,
): Promise<Slice> {
  const before = cpuNow(pids);
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
    bottleneck: bottleneckOf(load.busy, cpu, seconds, seller.processes),
  };
}

/** From this share of the time on, somebody counts as busy. */
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
