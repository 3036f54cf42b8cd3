import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';
import type { System } from '../systems/system.js';
import { firstAcceptances } from './sale.js';

const inFlight = 64;
const longestMs = 240_000;
const parts = 5;
const mostWarmUpSales = 3_000;

/** Sells a large concert to the last ticket and compares the rate of the last tenth with that of the first. */
export async function fill(bench: Bench): Promise<void> {
  const { tickets, optimistic } = bench.plan.fill;
  bench.ratio('fill', await sellOut(bench, 'batch', tickets));
  bench.ratio('fill-optimistic', await sellOut(bench, 'optimistic', optimistic));
}

async function sellOut(bench: Bench, mode: PurchaseMode, tickets: number): Promise<number[]> {
  const system = await bench.startService(mode, 1);
  await bench.warmUp(system, inFlight, mode === 'batch' ? bench.plan.batchWarmUps : 1);
  await sellFirst(bench, system, Math.min(mostWarmUpSales, Math.ceil(tickets / 5)));
  const sale = await system.schedule({ capacity: tickets, vipSeats: 10 });
  const wanted = { kind: 'closed', inFlight, durationMs: longestMs, buyers: tickets } as const;
  const slice = await bench.slice(system, [sale], wanted);
  const sales = firstAcceptances(slice.load.observations);
  const tenths = ratesOfParts(sales, 10).map((rate, tenth) => [`tenth${tenth + 1}`, Math.round(rate)]);
  const details = { capacity: tickets, ...Object.fromEntries(tenths) };
  await bench.file(system, { scenario: 'fill', inFlight, details }, [slice], [sale]);
  await system.stop();
  return lastToFirst(sales);
}

/** On a busy machine little is sold in the time of a warm-up: a system that is still being compiled would seem to get faster. */
async function sellFirst(bench: Bench, system: System, tickets: number): Promise<void> {
  const sale = await system.schedule({ capacity: tickets, vipSeats: 10 });
  const wanted = { kind: 'closed', inFlight, durationMs: longestMs, buyers: tickets } as const;
  await bench.slice(system, [sale], wanted);
}

/** The rate of the last tenth ÷ that of the first, in five parts each. */
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
