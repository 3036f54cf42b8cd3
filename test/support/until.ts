import { setTimeout as delay } from 'node:timers/promises';

const pollEveryMs = 20;

/** Waits for a condition of another process, which has no event to wait for. @throws after `patienceMs` */
export async function until(condition: () => boolean, what: string, patienceMs = 20_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await delay(pollEveryMs);
  }
}
