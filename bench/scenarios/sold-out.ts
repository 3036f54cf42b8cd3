import type { Bench } from '../bench.js';
import { compare, finish, perRefused, putOnSale } from './baselines.js';

/** Refusals per second of a sold-out concert, in turn with no-op POSTs. */
export async function soldOut(bench: Bench): Promise<void> {
  const batch = await putOnSale(bench, await bench.startService('batch', 1), { capacity: 10, vipSeats: 10 });
  const noop = await putOnSale(bench, await bench.startPeer('noop', bench.servers.redisUrl));
  const wanted = { kind: 'closed', inFlight: 1, durationMs: 10_000, buyers: 10 } as const;
  const selling = await bench.slice(batch.system, [batch.sale], wanted);
  if (selling.accepted !== 10) throw new Error(`sold ${selling.accepted} tickets of 10`);
  // Refusals take another path through the code than the sales of the warm-up.
  const warmUp = { kind: 'closed', inFlight: 64, durationMs: 4 * bench.plan.warmUpMs, buyers: null } as const;
  await bench.slice(batch.system, [batch.sale], warmUp);
  await compare(bench, 'sold-out/noop', batch, noop, perRefused);
  batch.slices.push(selling);
  await finish(bench, batch, 'sold-out');
  await finish(bench, noop, 'sold-out');
}
