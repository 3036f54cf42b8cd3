import type { AttemptContext } from '../attempt.js';
import { carryOut } from '../carry-out.js';
import type { Mode } from '../mode.js';
import { statesFromLog } from '../states-from-log.js';

/** No lock: the expected revision alone. Who comes second decides again. Needs no Redis. */
export function optimisticMode(context: AttemptContext): Mode {
  const states = statesFromLog(context.log);
  return {
    async carryOut(task) {
      await carryOut(context, states, task.concertId, [task]);
    },
  };
}
