import { groupCommit } from '../decide-and-append.js';
import { type LockContext, withLock } from '../with-lock.js';
import { type LineContext, type LinedUpMode, linedUp } from './concert-queue.js';

/**
 * Group commit: what arrives for a concert while an append is in flight is the next append, in order of arrival, and one
 * append for all of it. A buyer who comes alone is appended alone at once, and waits for no timer.
 *
 * The lock is kept from one append to the next for a while, since whoever gets it next has to read first what was sold
 * meanwhile.
 */
export const batchMode = (context: LineContext & LockContext): LinedUpMode =>
  linedUp(context, {
    limits: groupCommit,
    guarded: (concertId, work) => withLock(context, concertId, work),
    assumesFirst: false,
  });

/** Group commit of a process that shares no lock with others: for an installation without Redis. */
export const batchModeWithoutLock = (context: LineContext): LinedUpMode =>
  linedUp(context, { limits: groupCommit, guarded: unguarded, assumesFirst: true });

/** Nothing keeps other processes away: the expected revision alone decides. */
export async function unguarded(
  _concertId: string,
  work: (lasts: () => boolean) => Promise<void>,
): Promise<boolean> {
  await work(() => true);
  return true;
}
