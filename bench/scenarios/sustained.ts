import { purchaseModes } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';

/** A large concert: accepted purchases per second, per mode, at several numbers in flight. One process. */
export async function sustained(bench: Bench): Promise<void> {
  const { ms, inFlight } = bench.plan.sustained;
  for (const mode of purchaseModes) {
    const system = await bench.startService(mode, 1);
    await bench.warmUp(system, 16);
    for (const count of inFlight) {
      const sale = await system.schedule({ capacity: 1_000_000, vipSeats: 10 });
      const slice = await bench.slice(system, [sale], {
        kind: 'closed',
        inFlight: count,
        durationMs: ms,
        buyers: null,
      });
      await bench.file(system, { scenario: 'sustained', inFlight: count }, [slice], [sale]);
    }
    await system.stop();
  }
}
