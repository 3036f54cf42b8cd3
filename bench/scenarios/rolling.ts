import type { Bench } from '../bench.js';
import { large } from './baselines.js';
import { inFlight, startFour, untilAllReady, workersOf } from './four-processes.js';

const longestMs = 120_000;

/** Stops and replaces four processes one after the other in the middle of a sale, and counts what buyers notice. */
export async function rolling(bench: Bench): Promise<void> {
  const system = await startFour(bench);
  const sale = await system.schedule(large);
  const wanted = { kind: 'closed', inFlight, durationMs: longestMs, buyers: null } as const;
  const slice = await bench.sliceDuring(system, sale, wanted, async () => {
    for (const pid of workersOf(system)) {
      process.kill(pid, 'SIGTERM');
      await untilAllReady(system, pid);
    }
  });
  const { unanswered, lost } = slice.load.counts;
  bench.ratio('rolling', [unanswered]);
  const details = { answered5xx: unanswered - lost, lostConnections: lost };
  await bench.file(system, { scenario: 'rolling', inFlight, details }, [slice], [sale]);
  await system.stop();
}
