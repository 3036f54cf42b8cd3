import { type DecideContext, onePerAppend } from '../decide-and-append.js';
import { decideWithRetry } from '../decide-with-retry.js';
import { busy, type Mode } from '../mode.js';
import { uncachedLoader } from '../state/uncached-loader.js';
import { type LockContext, withLock } from '../with-lock.js';

/** The textbook way: one lock per purchase, the stream read anew under it. */
export function lockMode(context: DecideContext & LockContext): Mode {
  const states = uncachedLoader(context.log);
  return {
    async handle(task) {
      const { concertId } = task;
      const work = async () => void (await decideWithRetry(context, states, concertId, [task], onePerAppend));
      if (!(await withLock(context, concertId, work))) task.fail(busy());
    },
  };
}
