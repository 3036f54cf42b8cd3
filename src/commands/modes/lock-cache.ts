import { type DecideContext, onePerAppend } from '../decide-and-append.js';
import { decideWithRetry } from '../decide-with-retry.js';
import { busy, type Mode, messageOf, unavailable } from '../mode.js';
import type { NoAppendFastPath } from '../no-append-fast-path.js';
import type { CachingLoader } from '../state/concert-loader.js';
import { type LockContext, withLock } from '../with-lock.js';

export interface CacheContext extends DecideContext, LockContext {
  readonly known: CachingLoader;
  readonly fastPath: NoAppendFastPath;
}

/** As `lock`, with the state kept in memory and buyers turned away before the lock once nothing is left. */
export function lockCacheMode(context: CacheContext): Mode {
  return {
    async handle(task) {
      const { concertId } = task;
      try {
        if (await context.fastPath.answer(task)) return;
      } catch (error) {
        task.fail(unavailable(messageOf(error)));
        return;
      }
      const work = async () =>
        void (await decideWithRetry(context, context.known, concertId, [task], onePerAppend));
      if (!(await withLock(context, concertId, work))) task.fail(busy());
    },
  };
}
