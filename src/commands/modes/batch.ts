import { groupCommit } from '../deciding/decide-and-append.js';
import { type LockContext, withLock } from '../deciding/with-lock.js';
import { type SerialContext, type SerialMode, serialMode } from './concert-queue.js';

/**
 * Group commit: the commands that arrive for a concert while an append is in flight form the next batch, decided in order of
 * arrival and written by one append. A command that arrives alone is appended alone, without waiting for a timer.
 *
 * The lock is kept over several appends, because the next holder has to read first what was sold meanwhile.
 */
export const batchMode = (context: SerialContext & LockContext): SerialMode =>
  serialMode(context, {
    limits: groupCommit,
    guarded: (concertId, work) => withLock(context, concertId, work),
    startsFromCache: false,
  });

/** Group commit without a lock, for an installation without Redis. */
export const batchModeWithoutLock = (context: SerialContext): SerialMode =>
  serialMode(context, { limits: groupCommit, guarded: unguarded, startsFromCache: true });

/** Runs work without a lock: other processes may append meanwhile, and the expected revision alone decides. */
export async function unguarded(
  _concertId: string,
  work: (mayContinue: () => boolean) => Promise<void>,
): Promise<boolean> {
  await work(() => true);
  return true;
}
