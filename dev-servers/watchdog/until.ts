import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Polls `condition` until it holds (true) or `timeoutMs` milliseconds are over (false). */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
