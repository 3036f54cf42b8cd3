import { type Clock, systemClock } from './clock.js';

/**
 * Resolves with the promise's outcome, or that of `late` after `ms` milliseconds. The work itself continues; its outcome is then
 * dropped.
 * @param late gives the outcome after the time-out, or throws
 */
export async function within<T>(
  ms: number,
  promise: Promise<T>,
  late: () => T | Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  let cancel = () => {};
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  try {
    return await Promise.race([promise, patience.then(late)]);
  } finally {
    cancel();
  }
}
