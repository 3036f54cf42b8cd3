import { purchaseModes } from '../../src/domain/purchase-mode.js';
import type { Bench } from '../bench.js';

/** Measures accepted purchases per second of one process on a large concert, for each mode and number in flight. */
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
