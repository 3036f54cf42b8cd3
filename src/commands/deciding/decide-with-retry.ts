import type { Concert } from '../../domain/concert.js';
import { backoff } from '../../waiting/backoff.js';
import { messageOf } from '../../waiting/message-of.js';
import { busy, unavailable } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { AppendLimits } from './decide-all.js';
import { type DecideContext, type DecideResult, decideAndAppend } from './decide-and-append.js';

/** Loads the states that commands are decided on, and receives the states that follow from the appends. */
export interface StateLoader {
  /** A state that is probably current; only an append proves it. */
  load(concertId: string): Promise<Concert>;
  /** The state at the end of the log, by a read that begins after the call. */
  confirm(concertId: string): Promise<Concert>;
  /** Whether `load` does what `confirm` does. */
  readonly loadsConfirmed: boolean;
  /** Reads the events after `state` from the log, after a conflict. */
  refresh(state: Concert): Promise<Concert>;
  /** Receives a state whose events are now in the log. */
  committed(concert: Concert): void;
}

/** After conflicts; a command that is still not decided at the end fails as busy. */
const afterConflict = { firstMs: 1, longestMs: 250, totalMs: 5_000 };

/**
 * Load, decide, append; after a conflict, pause with jitter, refresh and decide again. Resolves the first commands, as many as
 * fit one append, and returns the rest. Never rejects.
 *
 * An append proves that its decisions were made on the end of the log. Decisions without events are made on a state that was read
 * from there: a refusal on an older one could deny a sale that the log has.
 * @param cached the state to decide on first, if it is probably current
 */
export async function decideWithRetry(
  context: DecideContext,
  loader: StateLoader,
  concertId: string,
  commands: readonly PendingCommand[],
  limits: AppendLimits,
  cached?: Concert,
): Promise<readonly PendingCommand[]> {
  try {
    let state = cached ?? (await loader.load(concertId));
    let isCurrent = cached === undefined && loader.loadsConfirmed;
    for await (const retry of backoff(afterConflict, context.clock)) {
      if (retry > 0) [state, isCurrent] = [await loader.refresh(state), true];
      let result = await decideAndAppend(context, state, commands, limits);
      if (result.kind === 'decided' && !result.appended && !isCurrent) {
        [state, isCurrent] = [await loader.confirm(concertId), true];
        result = await decideAndAppend(context, state, commands, limits);
      }
      if (result.kind === 'decided') {
        const left = resolveDecided(commands, result, loader);
        if (left.length < commands.length || left.length === 0) return left;
        state = result.concert; // What was due did not leave room for a command.
        continue;
      }
      if (result.kind !== 'conflict') return failAll(commands, result);
      context.observer.appendConflicted(concertId);
    }
    return failAll(commands, busy());
  } catch (error) {
    return failAll(commands, unavailable(messageOf(error)));
  }
}

/** Resolves the commands that are decided; returns the others. */
function resolveDecided(
  commands: readonly PendingCommand[],
  { count, concert, appended }: Extract<DecideResult, { kind: 'decided' }>,
  loader: StateLoader,
): readonly PendingCommand[] {
  if (appended) loader.committed(concert);
  for (const command of commands.slice(0, count)) command.resolve(concert);
  return commands.slice(count);
}

function failAll(
  commands: readonly PendingCommand[],
  reason: Parameters<PendingCommand['fail']>[0],
): readonly PendingCommand[] {
  for (const command of commands) command.fail(reason);
  return [];
}
