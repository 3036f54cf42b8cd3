import { setTimeout as delay } from 'node:timers/promises';
import type { Concert } from '../domain/concert.js';
import { messageOf } from '../waiting/message-of.js';
import { type AppendLimits, type DecideContext, decideAndAppend } from './decide-and-append.js';
import { busy, unavailable } from './outcome.js';
import type { PendingCommand } from './pending-command.js';

/** Loads the states that commands are decided on, and receives the states that follow from the appends. */
export interface StateLoader {
  /** The newest state of the concert, as far as can be known before an append. */
  load(concertId: string): Promise<Concert>;
  /** Reads the events after `state` from the log, after a conflict. */
  refresh(state: Concert): Promise<Concert>;
  /** Receives a state whose events are now in the log. */
  committed(concert: Concert): void;
}

/** How long a command is retried after conflicts before it fails as busy, in ms. */
const patienceMs = 5_000;
const firstPauseMs = 1;
const longestPauseMs = 250;

/**
 * Load, decide, append; after a conflict, pause with jitter, refresh and decide again. Resolves the first commands, as many as
 * fit one append, and returns the rest. Never rejects.
 * @param cached the state to decide on first, if it is probably current: an append proves that it was, and decisions without
 * events are made again on a loaded state
 */
export async function decideWithRetry(
  context: DecideContext,
  loader: StateLoader,
  concertId: string,
  commands: readonly PendingCommand[],
  limits: AppendLimits,
  cached?: Concert,
): Promise<readonly PendingCommand[]> {
  const deadline = performance.now() + patienceMs;
  try {
    let state = cached ?? (await loader.load(concertId));
    let isCurrent = cached === undefined;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const result = await decideAndAppend(context, state, commands, limits);
      if (result.kind === 'decided' && !result.appended && !isCurrent) {
        state = await loader.load(concertId);
        isCurrent = true;
        continue;
      }
      if (result.kind === 'decided') {
        if (result.appended) loader.committed(result.concert);
        for (const command of commands.slice(0, result.count)) command.resolve(result.concert);
        return commands.slice(result.count);
      }
      if (result.kind !== 'conflict') return failAll(commands, result);
      context.observer.appendConflicted(concertId);
      if (performance.now() >= deadline) return failAll(commands, busy());
      await delay(pause * Math.random());
      state = await loader.refresh(state);
      isCurrent = true;
    }
  } catch (error) {
    return failAll(commands, unavailable(messageOf(error)));
  }
}

function failAll(
  commands: readonly PendingCommand[],
  reason: Parameters<PendingCommand['fail']>[0],
): readonly PendingCommand[] {
  for (const command of commands) command.fail(reason);
  return [];
}
