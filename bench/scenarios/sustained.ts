import { purchaseModes } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';

/** A large concert: accepted purchases per second, per mode, at several numbers in flight. One process. */
export async function sustained(bench: Bench): Promise<void> {
  const { ms, inFlight } = bench.plan.sustained;
  for (const mode of purchaseModes) {
    const seller = await bench.startService(mode, 1);
    await bench.warmUp(seller, 16);
    for (const count of inFlight) {
      const sale = await seller.schedule({ capacity: 1_000_000, vipSeats: 10 });
      const slice = await bench.slice(seller, [sale], {
        kind: 'closed',
        inFlight: count,
        durationMs: ms,
        buyers: null,
      });
      await bench.file(seller, { scenario: 'sustained', inFlight: count }, [slice], [sale]);
    }
    await seller.stop();
  }
}
