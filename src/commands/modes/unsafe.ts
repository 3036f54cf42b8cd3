import { messageOf } from '../../waiting/message-of.js';
import { type DecideContext, decideAndAppend, onePerAppend } from '../decide-and-append.js';
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
        const state = await context.log.fold(command.concertId);
        const result = await decideAndAppend(context, state, [command], onePerAppend, 'any');
        if (result.kind === 'decided') command.resolve(result.concert);
        else command.fail(result.kind === 'conflict' ? unavailable('refused at any revision') : result);
      } catch (error) {
        command.fail(unavailable(messageOf(error)));
      }
    },
  };
}
