import type { ConcertLock } from '../redis/concert-lock.js';
import type { CommandObserver } from './observer.js';

export interface LockContext {
  readonly lock: ConcertLock;
  /** How long to wait for the lock, in ms. */
  readonly lockWaitMs: number;
  readonly observer: CommandObserver;
}

/**
 * Runs `work` with the concert's lock; false when somebody else kept it for the whole wait. Without Redis `work` is run all
 * the same: the expected revision of its append holds it, the lock only saves it conflicts.
 */
export async function withLock(
  { lock, lockWaitMs, observer }: LockContext,
  concertId: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const got = await lock.acquire(concertId, lockWaitMs);
  if (got.kind === 'busy') return false;
  if (got.kind === 'unreachable') {
    observer.wentOnWithoutLock(concertId, got.problem);
    await work();
    return true;
  }
  try {
    await work();
  } finally {
    await got.lock.release();
  }
  return true;
}
