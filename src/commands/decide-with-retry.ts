import { setTimeout as delay } from 'node:timers/promises';
import type { Concert } from '../domain/concert.js';
import { type AppendLimits, type DecideContext, decideAndAppend } from './decide-and-append.js';
import { busy, messageOf, unavailable } from './mode.js';
import type { PendingCommand } from './pending-command.js';

/** Where the state to decide on comes from, and who is told of the one that follows. */
export interface StateLoader {
  /** A state to decide on: at the end of the log, as far as can be known before appending. */
  load(concertId: string): Promise<Concert>;
  /** After a conflict: read on from the log. */
  refresh(base: Concert): Promise<Concert>;
  /** This state is in the log now. */
  committed(concert: Concert): void;
}

/** How long a command is decided again and again, while others append first, before it is told to come back later. */
const patienceMs = 5_000;
const firstPauseMs = 1;
const longestPauseMs = 250;

/**
 * Load, decide, append; on a conflict, load and decide again, after a jittered pause. Answers the first tasks, as many as
 * fitted one append, and returns the others. Never rejects.
 * @param assumed decided on first, where it is likely to be the end of the log: an append proves that it was, and answers that
 * need none are given on a current state only
 */
export async function decideWithRetry(
  context: DecideContext,
  states: StateLoader,
  concertId: string,
  tasks: readonly PendingCommand[],
  limits: AppendLimits,
  assumed?: Concert,
): Promise<readonly PendingCommand[]> {
  const deadline = performance.now() + patienceMs;
  try {
    let base = assumed ?? (await states.load(concertId));
    let isCurrent = assumed === undefined;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const attempted = await decideAndAppend(context, base, tasks, limits);
      if (attempted.kind === 'decided' && !attempted.appended && !isCurrent) {
        base = await states.load(concertId);
        isCurrent = true;
        continue;
      }
      if (attempted.kind === 'decided') {
        if (attempted.appended) states.committed(attempted.concert);
        for (const task of tasks.slice(0, attempted.count)) task.resolve(attempted.concert);
        return tasks.slice(attempted.count);
      }
      if (attempted.kind !== 'conflict') return failAll(tasks, attempted);
      context.observer.conflict(concertId);
      if (performance.now() >= deadline) return failAll(tasks, busy());
      await delay(pause * Math.random());
      base = await states.refresh(base);
      isCurrent = true;
    }
  } catch (error) {
    return failAll(tasks, unavailable(messageOf(error)));
  }
}

function failAll(
  tasks: readonly PendingCommand[],
  reason: Parameters<PendingCommand['fail']>[0],
): readonly PendingCommand[] {
  for (const task of tasks) task.fail(reason);
  return [];
}
