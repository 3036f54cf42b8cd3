import { type AttemptContext, onePerAppend } from '../decide-and-append.js';
import { carryOut } from '../decide-with-retry.js';
import { busy, type Mode } from '../mode.js';
import { statesFromLog } from '../state/uncached-loader.js';
import { type LockContext, withLock } from '../with-lock.js';

/** The textbook way: one lock per purchase, the stream read anew under it. */
export function lockMode(context: AttemptContext & LockContext): Mode {
  const states = statesFromLog(context.log);
  return {
    async carryOut(task) {
      const { concertId } = task;
      const work = async () => void (await carryOut(context, states, concertId, [task], onePerAppend));
      if (!(await withLock(context, concertId, work))) task.fail(busy());
    },
  };
}
