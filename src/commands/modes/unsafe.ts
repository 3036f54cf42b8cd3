import { type DecideContext, decideAndAppend, onePerAppend } from '../decide-and-append.js';
import { type Mode, messageOf, unavailable } from '../mode.js';

/**
 * Read, decide, write, with nothing in between to stop two from deciding on the same state: the negative control. It
 * oversells and sells twice, and is here so that the checks can be seen to notice.
 */
export function unsafeMode(context: DecideContext): Mode {
  return {
    async handle(task) {
      try {
        const base = await context.log.fold(task.concertId);
        const attempted = await decideAndAppend(context, base, [task], onePerAppend, 'any');
        if (attempted.kind === 'decided') task.resolve(attempted.concert);
        else task.fail(attempted.kind === 'conflict' ? unavailable('refused at any revision') : attempted);
      } catch (error) {
        task.fail(unavailable(messageOf(error)));
      }
    },
  };
}
