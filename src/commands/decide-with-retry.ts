import { setTimeout as delay } from 'node:timers/promises';
import type { Concert } from '../domain/concert.js';
import { type AppendLimits, type AttemptContext, attempt } from './decide-and-append.js';
import { busy, messageOf, unavailable } from './mode.js';
import type { Pending } from './pending-command.js';

/** Where the state to decide on comes from, and who is told of the one that follows. */
export interface States {
  /** A state to decide on: at the end of the log, as far as can be known before appending. */
  current(concertId: string): Promise<Concert>;
  /** After a conflict: read on from the log. */
  readOn(base: Concert): Promise<Concert>;
  /** This state is in the log now. */
  appended(concert: Concert): void;
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
export async function carryOut(
  context: AttemptContext,
  states: States,
  concertId: string,
  tasks: readonly Pending[],
  limits: AppendLimits,
  assumed?: Concert,
): Promise<readonly Pending[]> {
  const deadline = performance.now() + patienceMs;
  try {
    let base = assumed ?? (await states.current(concertId));
    let isCurrent = assumed === undefined;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const attempted = await attempt(context, base, tasks, limits);
      if (attempted.kind === 'decided' && !attempted.appended && !isCurrent) {
        base = await states.current(concertId);
        isCurrent = true;
        continue;
      }
      if (attempted.kind === 'decided') {
        if (attempted.appended) states.appended(attempted.concert);
        for (const task of tasks.slice(0, attempted.count)) task.settle(attempted.concert);
        return tasks.slice(attempted.count);
      }
      if (attempted.kind !== 'conflict') return failAll(tasks, attempted);
      context.observer.conflict(concertId);
      if (performance.now() >= deadline) return failAll(tasks, busy());
      await delay(pause * Math.random());
      base = await states.readOn(base);
      isCurrent = true;
    }
  } catch (error) {
    return failAll(tasks, unavailable(messageOf(error)));
  }
}

function failAll(tasks: readonly Pending[], reason: Parameters<Pending['fail']>[0]): readonly Pending[] {
  for (const task of tasks) task.fail(reason);
  return [];
}
