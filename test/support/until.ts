import { setTimeout as delay } from 'node:timers/promises';

const pollEveryMs = 20;

/** Waits for a condition of another process, which has no event to wait for. @throws after `patienceMs` */
export const until = (condition: () => boolean, what: string, patienceMs?: number): Promise<void> =>
  untilAsync(async () => condition(), what, patienceMs);

/** The same for a condition that has to be asked for. */
export async function untilAsync(
  condition: () => Promise<boolean>,
  what: string,
  patienceMs = 50_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await delay(pollEveryMs);
  }
}
