import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { cpuByProcess } from '../measure/cpu.js';
import type { System } from '../systems/system.js';

export const processes = 4;
export const inFlight = 32;
const readyWithinMs = 60_000;
const lookEveryMs = 20;

/** Starts four processes that answer requests, in mode `batch`, with the default grace of a stop. */
export async function startFour(bench: Bench): Promise<System> {
  // The ends of its processes would be logged as errors.
  const variables = { STOP_GRACE_MS: '', LOG_LEVEL: 'fatal' };
  const system = await bench.startService('batch', processes, { variables });
  await bench.warmUp(system, inFlight, bench.plan.batchWarmUps);
  return system;
}

/** The ids of the processes that answer requests, those on their way up or down included. */
export const workersOf = ({ pid }: System): number[] =>
  [...cpuByProcess(pid).keys()].filter((each) => each !== pid);

/** Resolves when `gone` has ended and every process that should answer requests does. */
export async function untilAllReady(system: System, gone?: number): Promise<void> {
  const end = performance.now() + readyWithinMs;
  while ((gone !== undefined && workersOf(system).includes(gone)) || !(await areReady(system))) {
    if (performance.now() >= end) throw new Error('the processes of the service are not ready again');
    await delay(lookEveryMs);
  }
}

/** The process that gets the request may be stopping: then there is no answer. */
async function areReady({ url }: System): Promise<boolean> {
  try {
    const { body } = await request(`${url}/metrics`, { reset: true });
    return /^onsale_scrape_missing\{[^}]*"workers"[^}]*\} 0$/m.test(await body.text());
  } catch {
    return false;
  }
}
