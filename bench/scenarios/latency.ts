import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';
import { milliseconds } from '../report/summarise.js';
import type { Sale, System } from '../systems/system.js';

/** Connections: an arrival that finds all of them in use is dropped. */
const connections = 512;
const ratioAt = 0.7;

/**
 * Measures latency in an open loop at shares of the highest rate of the mode, which is measured right before, since the machine
 * changes from minute to minute. Latency counts from the intended time of arrival.
 */
export async function latency(bench: Bench): Promise<void> {
  const { shares, modes, rounds } = bench.plan.latency;
  for (const mode of modes) {
    const system = await bench.startService(mode, 1);
    await bench.warmUp(system, 64, 5);
    for (const share of shares) {
      const ratios: number[] = [];
      for (let round = 0; round < (mode === 'batch' && share === ratioAt ? rounds : 1); round++) {
        ratios.push(await atShare(bench, system, mode, share));
      }
      if (mode === 'batch' && share === ratioAt) bench.ratio('p99/p50', ratios);
    }
    await system.stop();
  }
}

/** Resolves with p99 ÷ p50. */
async function atShare(bench: Bench, system: System, mode: PurchaseMode, share: number): Promise<number> {
  const sale = await system.schedule({ capacity: 1_000_000, vipSeats: 10 });
  const most = await mostPerSecond(bench, system, sale);
  const ratePerSecond = Math.max(1, most * share);
  const openSale = await system.schedule({ capacity: 1_000_000, vipSeats: 10 });
  const slice = await bench.slice(system, [openSale], {
    kind: 'open',
    inFlight: connections,
    ratePerSecond,
    durationMs: bench.plan.latency.ms,
  });
  const details = { share, mode, mostPerSecond: Math.round(most), ratePerSecond: Math.round(ratePerSecond) };
  await bench.file(system, { scenario: 'latency', inFlight: connections, details }, [slice], [openSale]);
  const at = (percentile: number) => milliseconds(slice.load.accepted, percentile) ?? Number.NaN;
  return at(99) / at(50);
}

async function mostPerSecond(bench: Bench, system: System, sale: Sale): Promise<number> {
  const wanted = { kind: 'closed', inFlight: 64, durationMs: bench.plan.sliceMs, buyers: null } as const;
  return (await bench.slice(system, [sale], wanted)).acceptedPerSecond;
}
