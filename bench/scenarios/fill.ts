import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';
import { firstAcceptances } from './sale.js';

const inFlight = 64;
const longestMs = 240_000;
const parts = 5;

/** A large concert sold to the last ticket: whether the last tenth goes as fast as the first. */
export async function fill(bench: Bench): Promise<void> {
  const { tickets, optimistic } = bench.plan.fill;
  bench.ratio('fill', await sellOut(bench, 'batch', tickets));
  bench.ratio('fill-optimistic', await sellOut(bench, 'optimistic', optimistic));
}

async function sellOut(bench: Bench, mode: PurchaseMode, tickets: number): Promise<number[]> {
  const system = await bench.startService(mode, 1);
  await bench.warmUp(system, inFlight, bench.plan.batchWarmUps);
  const sale = await system.schedule({ capacity: tickets, vipSeats: 10 });
  const wanted = { kind: 'closed', inFlight, durationMs: longestMs, buyers: tickets } as const;
  const slice = await bench.slice(system, [sale], wanted);
  const sales = firstAcceptances(slice.load.heard);
  const tenths = ratesOfParts(sales, 10).map((rate, tenth) => [`tenth${tenth + 1}`, Math.round(rate)]);
  const details = { capacity: tickets, ...Object.fromEntries(tenths) };
  await bench.file(system, { scenario: 'fill', inFlight, details }, [slice], [sale]);
  await system.stop();
  return lastToFirst(sales);
}

/** The last tenth against the first, each in five parts. */
function lastToFirst(sales: readonly number[]): number[] {
  const rates = ratesOfParts(sales, 10 * parts);
  return rates.slice(-parts).map((rate, index) => rate / (rates[index] ?? Number.NaN));
}

/** Sales per second in each of so many equal parts of the sale. @param sales seconds, ascending */
export function ratesOfParts(sales: readonly number[], count: number): number[] {
  const size = sales.length / count;
  const timeOf = (sold: number) => (sold === 0 ? 0 : (sales[Math.round(sold) - 1] ?? Number.NaN));
  return Array.from({ length: count }, (_, i) => size / (timeOf((i + 1) * size) - timeOf(i * size)));
}
