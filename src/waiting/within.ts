import { type Clock, systemClock } from './clock.js';

/**
 * Resolves with the promise's outcome, or that of `late` after `ms` milliseconds. An answer that has arrived by then counts, though
 * this process was too busy to read it. The work itself continues; its outcome is then dropped.
 * @param late gives the outcome after the time-out, or throws
 */
export async function within<T>(
  ms: number,
  promise: Promise<T>,
  late: () => T | Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  let cancel = () => {};
  let isSettled = false;
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  try {
    const end = patience.then(() => clock.turn()).then(() => (isSettled ? promise : late()));
    return await Promise.race([promise, end]);
  } finally {
    isSettled = true;
    cancel();
  }
}
