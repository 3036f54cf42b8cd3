import { messageOf } from '../../waiting/message-of.js';
import { type DecideContext, decideAndAppend, onePerAppend } from '../deciding/decide-and-append.js';
import type { Mode } from '../mode.js';
import { unavailable } from '../outcome.js';

/**
 * The negative control: load, decide and append without an expected revision, so that two writers may decide on the same
 * state. It oversells and sells twice; it is here to show that the audits notice.
 */
export function unsafeMode(context: DecideContext): Mode {
  return {
    async handle(command) {
      try {
        for (let isDecided = false; !isDecided; ) {
          const state = await context.log.fold(command.concertId);
          const result = await decideAndAppend(context, state, [command], onePerAppend, 'any');
          isDecided = result.kind !== 'decided' || result.count > 0;
          if (result.kind === 'conflict') command.fail(unavailable('refused at any revision'));
          else if (result.kind !== 'decided') command.fail(result);
          else if (isDecided) command.resolve(result.concert);
        }
      } catch (error) {
        command.fail(unavailable(messageOf(error)));
      }
    },
  };
}
