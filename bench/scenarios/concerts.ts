import type { Bench } from '../bench.js';
import { cpuPerUnit, type Slice } from '../measure/slice.js';
import { interleave } from '../measure/spread.js';
import type { Sale, System } from '../systems/system.js';

const inFlight = 256;
const scheduledAtOnce = 32;
/** The numbers of concerts that are compared. */
const [one, most] = [1, 1_000];

interface Situation {
  readonly count: number;
  readonly sales: readonly Sale[];
  readonly slices: Slice[];
}

/** Sends the same crowd to one concert and to many: what sharing an append is worth, and what many streams cost. */
export async function concerts(bench: Bench): Promise<void> {
  const { counts, rounds } = bench.plan.concerts;
  const system = await bench.startService('batch', 1);
  await bench.warmUp(system, inFlight, bench.plan.batchWarmUps);
  const situations: Situation[] = [];
  for (const count of counts) situations.push({ count, sales: await schedule(system, count), slices: [] });
  const take = async ({ sales, slices }: Situation): Promise<Slice> => {
    const wanted = { kind: 'closed', inFlight, durationMs: bench.plan.concerts.ms, buyers: null } as const;
    const slice = await bench.slice(system, sales, wanted);
    slices.push(slice);
    return slice;
  };
  const [few, many] = [one, most].map((count) => situations.find((each) => each.count === count));
  if (few !== undefined && many !== undefined) {
    await take(many); // The first purchase of each concert loads it.
    const pairs = await interleave(
      rounds,
      () => take(many),
      () => take(few),
    );
    bench.ratio(
      'concerts/1000',
      pairs.map(({ a, b }) => cpuPerUnit(a, a.accepted) / cpuPerUnit(b, b.accepted)),
    );
  }
  for (const situation of situations) {
    if (situation.slices.length === 0) await take(situation);
    const details = { concerts: situation.count };
    await bench.file(system, { scenario: 'concerts', inFlight, details }, situation.slices, situation.sales);
  }
  await system.stop();
}

async function schedule(system: System, count: number): Promise<Sale[]> {
  const sales: Sale[] = [];
  while (sales.length < count) {
    const some = Array.from({ length: Math.min(scheduledAtOnce, count - sales.length) }, () =>
      system.schedule({ capacity: 100_000, vipSeats: 10 }),
    );
    sales.push(...(await Promise.all(some)));
  }
  return sales;
}
