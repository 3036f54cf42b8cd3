import type { AnswerAtOnce } from '../no-append-fast-path.js';
import { type AttemptContext, onePerAppend } from '../decide-and-append.js';
import { carryOut } from '../decide-with-retry.js';
import type { KnownStates } from '../state/concert-loader.js';
import { busy, type Mode, messageOf, unavailable } from '../mode.js';
import { type LockContext, withLock } from '../with-lock.js';

export interface CacheContext extends AttemptContext, LockContext {
  readonly known: KnownStates;
  readonly answerAtOnce: AnswerAtOnce;
}

/** As `lock`, with the state kept in memory and buyers turned away before the lock once nothing is left. */
export function lockCacheMode(context: CacheContext): Mode {
  return {
    async carryOut(task) {
      const { concertId } = task;
      try {
        if (await context.answerAtOnce.try(task)) return;
      } catch (error) {
        task.fail(unavailable(messageOf(error)));
        return;
      }
      const work = async () => void (await carryOut(context, context.known, concertId, [task], onePerAppend));
      if (!(await withLock(context, concertId, work))) task.fail(busy());
    },
  };
}
