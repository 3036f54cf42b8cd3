import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import type { TimedObservation } from '../load/protocol.js';
import { now } from '../measure/clock.js';
import { cpuByProcess } from '../measure/cpu.js';
import type { System } from '../systems/system.js';
import { large } from './baselines.js';
import { inFlight, startFour, untilAllReady, workersOf } from './four-processes.js';

/** How long CPU time is watched, in ms: much longer than the clock ticks in which it is counted. */
const watchedMs = 700;
const longestMs = 20_000;
const lookEveryMs = 2;
const fillWithinMs = 240_000;

const faults = [
  { name: 'kill -9', signal: 'SIGKILL', after: null },
  { name: 'SIGSTOP', signal: 'SIGSTOP', after: 'SIGCONT' },
] as const;

/**
 * Kills or stops the busiest of four processes, which is the concert's owner where there is one, in the middle of a sale, and
 * measures the seconds until a purchase is accepted that was sent after that. Many tickets are sold before: the next owner has to
 * load them.
 */
export async function failOver(bench: Bench): Promise<void> {
  const { times, sold } = bench.plan.failOver;
  const system = await startFour(bench);
  for (const { name, signal, after } of faults) {
    const sale = await system.schedule(large);
    const filling = { kind: 'closed', inFlight, durationMs: fillWithinMs, buyers: sold } as const;
    const filled = await bench.slice(system, [sale], filling);
    const seconds: number[] = [];
    const wanted = { kind: 'closed', inFlight, durationMs: 2 * times * longestMs, buyers: null } as const;
    const slice = await bench.sliceDuring(system, sale, wanted, async (observations) => {
      while (seconds.length < times) {
        await untilAllReady(system);
        const pid = await busiest(system);
        const from = observations.length;
        const at = now();
        process.kill(pid, signal);
        seconds.push((await nextAccepted(observations, from, at)) - at);
        if (after === null) await untilAllReady(system, pid);
        else process.kill(pid, after);
      }
    });
    const inSeconds = seconds.map((ms) => ms / 1_000);
    bench.ratio(`fail-over: ${name}`, inSeconds);
    const situation = {
      scenario: 'fail-over',
      inFlight,
      details: { what: name, sold: filled.accepted },
      series: { failOver: inSeconds },
    };
    await bench.file(system, situation, [filled, slice], [sale]);
  }
  await system.stop();
}

async function busiest(system: System): Promise<number> {
  const before = cpuByProcess(system.pid);
  await delay(watchedMs);
  const after = cpuByProcess(system.pid);
  const used = (pid: number) => (after.get(pid) ?? 0) - (before.get(pid) ?? 0);
  const [pid] = workersOf(system).toSorted((a, b) => used(b) - used(a));
  if (pid === undefined) throw new Error('the service has no processes');
  return pid;
}

/** When the first purchase was accepted that was sent at `at` or later. @param from observations before this one are older */
async function nextAccepted(
  observations: readonly TimedObservation[],
  from: number,
  at: number,
): Promise<number> {
  let looked = from;
  while (now() - at < longestMs) {
    for (; looked < observations.length; looked++) {
      const seen = observations[looked];
      if (seen?.answer.kind === 'accepted' && seen.sentAt >= at) return seen.endedAt;
    }
    await delay(lookEveryMs);
  }
  throw new Error(`nothing was sold within ${longestMs / 1_000} s`);
}
