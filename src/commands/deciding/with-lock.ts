import type { Clock } from '../../waiting/clock.js';
import type { CommandObserver } from '../observer.js';
import type { ConcertLock } from '../ports.js';

export interface LockContext {
  readonly lock: ConcertLock;
  /** How long to wait for the lock, in ms. */
  readonly lockWaitMs: number;
  readonly observer: CommandObserver;
  readonly clock: Clock;
}

/** A busy process releases the lock to other processes after this time, in ms. */
const longestHoldMs = 100;

/** Work under the lock; `mayContinue` tells whether it may start another piece under the same lock. */
export type Work = (mayContinue: () => boolean) => Promise<void>;

/**
 * Runs `work` with the concert's lock; false when other holders kept the lock for the whole wait. When Redis is unreachable,
 * `work` runs without the lock, one caller of this process at a time: the expected revision of its append guards correctness, the
 * lock only saves conflicts.
 */
export async function withLock(
  { lock, lockWaitMs, observer, clock }: LockContext,
  concertId: string,
  work: Work,
): Promise<boolean> {
  const acquired = await lock.acquire(concertId, lockWaitMs);
  if (acquired.kind === 'busy') return false;
  if (acquired.kind === 'unreachable') {
    observer.ranWithoutLock(concertId, acquired.problem);
    try {
      await work(() => false);
    } finally {
      acquired.release();
    }
    return true;
  }
  const holdUntil = clock.monotonic() + longestHoldMs;
  try {
    await work(() => clock.monotonic() < holdUntil && !acquired.lock.expired);
  } finally {
    await acquired.lock.release();
  }
  return true;
}
