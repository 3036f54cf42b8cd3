import { messageOf } from '../../waiting/message-of.js';
import { type DecideContext, onePerAppend } from '../deciding/decide-and-append.js';
import { decideWithRetry } from '../deciding/decide-with-retry.js';
import type { NoAppendFastPath } from '../deciding/no-append-fast-path.js';
import { type LockContext, withLock } from '../deciding/with-lock.js';
import type { Mode } from '../mode.js';
import { busy, unavailable } from '../outcome.js';
import type { CachingLoader } from '../state/concert-loader.js';

export interface CacheContext extends DecideContext, LockContext {
  readonly loader: CachingLoader;
  readonly fastPath: NoAppendFastPath;
}

/**
 * As `lock`, with the state cached in memory and the fast path before the lock, so that a sold-out concert takes no lock.
 */
export function lockCacheMode(context: CacheContext): Mode {
  return {
    async handle(command) {
      const { concertId } = command;
      try {
        if (await context.fastPath.answer(command)) return;
      } catch (error) {
        command.fail(unavailable(messageOf(error)));
        return;
      }
      const work = async () =>
        void (await decideWithRetry(context, context.loader, concertId, [command], onePerAppend));
      if (!(await withLock(context, concertId, work))) command.fail(busy());
    },
  };
}
