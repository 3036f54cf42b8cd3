import { type DecideContext, onePerAppend } from '../deciding/decide-and-append.js';
import { decideWithRetry } from '../deciding/decide-with-retry.js';
import { type LockContext, withLock } from '../deciding/with-lock.js';
import type { Mode } from '../mode.js';
import { busy } from '../outcome.js';
import { uncachedLoader } from '../state/uncached-loader.js';

/** The textbook mode: one lock per purchase, and the whole stream read under it. */
export function lockMode(context: DecideContext & LockContext): Mode {
  const loader = uncachedLoader(context.log);
  return {
    async handle(command) {
      const { concertId } = command;
      const work = async () =>
        void (await decideWithRetry(context, loader, concertId, [command], onePerAppend));
      if (!(await withLock(context, concertId, work))) command.fail(busy());
    },
  };
}
