import type { Concert } from '../../domain/concert.js';
import type { AppendResult, ExpectedRevision } from '../../domain/log/append.js';
import type { Clock } from '../../waiting/clock.js';
import type { CommandObserver } from '../observer.js';
import type { RetryLater } from '../outcome.js';
import { unavailable } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { ConcertLog } from '../state/concert-log.js';
import type { AppendSpan, CommandTracing } from '../tracing.js';
import { type AppendLimits, decideAll } from './decide-all.js';

export interface DecideContext {
  readonly log: ConcertLog;
  readonly clock: Clock;
  readonly observer: CommandObserver;
  /** Absent where traces are not configured. */
  readonly tracing?: CommandTracing | undefined;
  /** Called with each state after an append. */
  readonly onAppended: (concert: Concert) => void;
}

export type DecideResult =
  /**
   * The first `count` commands (as many as fit one append) are decided and their events are in the log. None of them may fit an
   * append with what was due: decide again.
   */
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

/**
 * With customer ids and keys of maximal length, 500 events stay below the store's limit of 1 MiB, so the bound in events also
 * bounds the bytes.
 */
export const groupCommit: AppendLimits = { events: 500, commands: 500 };
export const onePerAppend: AppendLimits = { events: 500, commands: 1 };

/**
 * Decides the commands, and what is due in their concert, and appends all events at the revision of `state`. Reads first from the
 * log what `state` may have forgotten.
 */
export async function decideAndAppend(
  { log, clock, observer, onAppended, tracing }: DecideContext,
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
  const span = tracing && beginSpan(tracing, state.concertId, pending.slice(0, count));
  const result = await log.append(state, events, expected, span?.traceParent);
  span?.end(result.kind, events.length);
  if (result.kind !== 'appended') return notAppended(result);
  observer.appended(count, events.length, clock.monotonic() - started);
  onAppended(concert);
  return { kind: 'decided', count, concert, appended: true };
}

/** Undefined where none of the commands is traced. */
function beginSpan(
  tracing: CommandTracing,
  concertId: string,
  decided: readonly PendingCommand[],
): AppendSpan | undefined {
  const traces = decided.flatMap(({ trace }) => (trace === undefined ? [] : [trace]));
  return traces.length === 0 ? undefined : tracing.appending(concertId, traces);
}

function notAppended(result: Exclude<AppendResult, { kind: 'appended' }>): DecideResult {
  return result.kind === 'wrong-revision' ? { kind: 'conflict' } : unavailable(result.problem);
}
