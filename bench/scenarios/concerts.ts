import type { Bench } from '../bench.js';
import type { Sale } from '../systems/seller.js';

const inFlight = 256;

/** The same crowd over one concert and over many: what sharing an append is worth, and what many streams cost. */
export async function concerts(bench: Bench): Promise<void> {
  const { ms, counts } = bench.plan.concerts;
  const seller = await bench.startService('batch', 1);
  await bench.warmUp(seller, inFlight);
  for (const count of counts) {
    const sales: Sale[] = [];
    while (sales.length < count) sales.push(await seller.schedule({ capacity: 100_000, vipSeats: 10 }));
    const wanted = { kind: 'closed', inFlight, durationMs: ms, buyers: null } as const;
    const slice = await bench.slice(seller, sales, wanted);
    const situation = { scenario: 'concerts', inFlight, details: { concerts: count } };
    await bench.file(seller, situation, [slice], sales);
  }
  await seller.stop();
}
