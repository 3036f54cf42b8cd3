import { type Concert, evolve } from '../domain/concert.js';
import type { ConcertEvent } from '../domain/events/events.js';
import type { AppendResult, ExpectedRevision } from '../event-store/append.js';
import { unavailable } from './mode.js';
import type { CommandObserver } from './observer.js';
import type { RetryLater } from './outcome.js';
import type { PendingCommand } from './pending-command.js';
import type { ConcertLog } from './state/concert-log.js';

export interface DecideContext {
  readonly log: ConcertLog;
  readonly now: () => string;
  readonly observer: CommandObserver;
}

export type DecideResult =
  /** The first `count` tasks are decided (as many as fitted one append), their events are in the log. */
  | {
      readonly kind: 'decided';
      readonly count: number;
      readonly concert: Concert;
      /** Whether something was appended, which proves that the base was the end of the log. */
      readonly appended: boolean;
    }
  /** The log has moved on; nothing of this was written. */
  | { readonly kind: 'conflict' }
  | RetryLater;

/** How much one append may hold. A first command that is larger is appended alone. */
export interface AppendLimits {
  readonly events: number;
  /** Commands that have events; what is refused on the way takes no room. */
  readonly commands: number;
}

/**
 * With customer ids and keys at their longest, 500 events stay below the store's limit of 1 MiB, so the bound in events is a
 * bound in bytes as well.
 */
export const groupCommit: AppendLimits = { events: 500, commands: 500 };
export const onePerAppend: AppendLimits = { events: 500, commands: 1 };

/**
 * Decides the tasks one after the other, each on the state that the one before it left, and appends all their events at the
 * revision of `base`. What `base` may have forgotten is asked of the log before. A refused task adds no event and touches nobody else.
 */
export async function decideAndAppend(
  { log, now, observer }: DecideContext,
  base: Concert,
  tasks: readonly PendingCommand[],
  limits: AppendLimits = groupCommit,
  expected: ExpectedRevision = base.revision,
): Promise<DecideResult> {
  await Promise.all(tasks.filter((task) => task.needsRecall(base)).map((task) => task.recall(base, log)));
  const started = performance.now();
  const { count, events, concert } = decideAll(base, tasks, limits, now());
  if (events.length === 0) return { kind: 'decided', count, concert, appended: false };
  const result = await log.append(base, events, expected);
  if (result.kind !== 'appended') return notAppended(result);
  observer.appended(count, events.length, performance.now() - started);
  return { kind: 'decided', count, concert, appended: true };
}

function notAppended(result: Exclude<AppendResult, { kind: 'appended' }>): DecideResult {
  return result.kind === 'wrong-revision' ? { kind: 'conflict' } : unavailable(result.problem);
}

function decideAll(base: Concert, tasks: readonly PendingCommand[], limits: AppendLimits, now: string) {
  let concert = base;
  let count = 0;
  let commands = 0;
  const events: ConcertEvent[] = [];
  for (const task of tasks) {
    // What has been forgotten in this very batch: the next one asks the log for it.
    if (task.needsRecall(concert)) break;
    const added = task.decide(concert, now);
    if (added.length > 0) {
      if (commands > 0 && events.length + added.length > limits.events) break;
      if (++commands > limits.commands) break;
    }
    for (const event of added) {
      events.push(event);
      concert = evolve(concert, event);
    }
    count++;
  }
  return { count, events, concert };
}
