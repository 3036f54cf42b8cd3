import { type Concert, evolve } from '../domain/concert.js';
import type { ConcertEvent } from '../domain/events/events.js';
import type { AppendResult, ExpectedRevision } from '../domain/log/append.js';
import type { Clock } from '../waiting/clock.js';
import type { CommandObserver } from './observer.js';
import type { RetryLater } from './outcome.js';
import { unavailable } from './outcome.js';
import type { PendingCommand } from './pending-command.js';
import type { ConcertLog } from './state/concert-log.js';

export interface DecideContext {
  readonly log: ConcertLog;
  readonly clock: Clock;
  readonly observer: CommandObserver;
}

export type DecideResult =
  /** The first `count` commands (as many as fit one append) are decided and their events are in the log. */
  | {
      readonly kind: 'decided';
      readonly count: number;
      readonly concert: Concert;
      /** Whether events were appended, which proves that the decision was made on the end of the log. */
      readonly appended: boolean;
    }
  /** The log has moved on; nothing was written. */
  | { readonly kind: 'conflict' }
  | RetryLater;

/** Bounds of one append. A first command that exceeds them is appended alone. */
export interface AppendLimits {
  readonly events: number;
  /** Commands that have events; refused ones do not count. */
  readonly commands: number;
}

/**
 * With customer ids and keys of maximal length, 500 events stay below the store's limit of 1 MiB, so the bound in events also
 * bounds the bytes.
 */
export const groupCommit: AppendLimits = { events: 500, commands: 500 };
export const onePerAppend: AppendLimits = { events: 500, commands: 1 };

/**
 * Decides the commands in order, each on the state after the previous one, and appends all their events at the revision of
 * `state`. Reads first from the log what `state` may have forgotten. A refused command adds no event and does not affect the
 * others.
 */
export async function decideAndAppend(
  { log, clock, observer }: DecideContext,
  state: Concert,
  pending: readonly PendingCommand[],
  limits: AppendLimits = groupCommit,
  expected: ExpectedRevision = state.revision,
): Promise<DecideResult> {
  await Promise.all(
    pending.filter((command) => command.needsRecall(state)).map((command) => command.recall(state, log)),
  );
  const started = clock.monotonic();
  const { count, events, concert } = decideAll(state, pending, limits, clock.wallTime());
  if (events.length === 0) return { kind: 'decided', count, concert, appended: false };
  const result = await log.append(state, events, expected);
  if (result.kind !== 'appended') return notAppended(result);
  observer.appended(count, events.length, clock.monotonic() - started);
  return { kind: 'decided', count, concert, appended: true };
}

function notAppended(result: Exclude<AppendResult, { kind: 'appended' }>): DecideResult {
  return result.kind === 'wrong-revision' ? { kind: 'conflict' } : unavailable(result.problem);
}

function decideAll(state: Concert, pending: readonly PendingCommand[], limits: AppendLimits, now: string) {
  let concert = state;
  let count = 0;
  let withEvents = 0;
  const events: ConcertEvent[] = [];
  for (const command of pending) {
    // Its purchase was forgotten within this batch; the next batch recalls it.
    if (command.needsRecall(concert)) break;
    const added = command.decide(concert, now);
    if (added.length > 0) {
      if (withEvents > 0 && events.length + added.length > limits.events) break;
      if (++withEvents > limits.commands) break;
    }
    for (const event of added) {
      events.push(event);
      concert = evolve(concert, event);
    }
    count++;
  }
  return { count, events, concert };
}
