import type { ConcertLock } from '../redis/lock/concert-lock.js';
import type { CommandObserver } from './observer.js';

export interface LockContext {
  readonly lock: ConcertLock;
  /** How long to wait for the lock, in ms. */
  readonly lockWaitMs: number;
  readonly observer: CommandObserver;
}

/** A process with much to do hands the lock over to others after this, in ms. */
const longestHoldMs = 100;

/** Runs with the lock; `lasts` tells whether there is still time for more of the same under it. */
export type Work = (lasts: () => boolean) => Promise<void>;

/**
 * Runs `work` with the concert's lock; false when somebody else kept it for the whole wait. Without Redis `work` is run all
 * the same: the expected revision of its append holds it, the lock only saves it conflicts.
 */
export async function withLock(
  { lock, lockWaitMs, observer }: LockContext,
  concertId: string,
  work: Work,
): Promise<boolean> {
  const got = await lock.acquire(concertId, lockWaitMs);
  if (got.kind === 'busy') return false;
  if (got.kind === 'unreachable') {
    observer.wentOnWithoutLock(concertId, got.problem);
    await work(() => false);
    return true;
  }
  const holdUntil = performance.now() + longestHoldMs;
  try {
    await work(() => performance.now() < holdUntil && !got.lock.expired);
  } finally {
    await got.lock.release();
  }
  return true;
}
