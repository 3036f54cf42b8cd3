import type { Position } from '../../domain/log/recorded-event.js';
import { traceOf } from '../../event-store/codec.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Lease } from '../../postgres/lease.js';
import type { ProjectionName } from '../../postgres/tables.js';
import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import { untilFirstEnds } from '../../waiting/until-first-ends.js';
import { ageMs } from '../apply/age.js';
import type { Target } from '../apply/apply-batch.js';
import type { BatchThrottle } from '../apply/batch-throttle.js';
import { type Batch, inBatches } from '../apply/batching.js';
import { CheckpointMoved } from '../apply/checkpoints.js';
import { type IdentifiedLog, LogCheck } from '../apply/log-check.js';
import { furthestBack, liveFingerprint, planLive } from '../apply/targets.js';
import type { ProjectionObserver } from './observer.js';
import type { ReadModelStore } from './read-model-store.js';

export interface PassOptions {
  readonly store: Pick<EventStore, 'subscribe'> & IdentifiedLog;
  readonly readModels: ReadModelStore;
  readonly observer: ProjectionObserver;
  readonly clock: Clock;
  readonly maxBatch: number;
  readonly pace?: BatchThrottle;
  readonly lease: Pick<Lease, 'epoch'>;
  /** Called before each subscription with the projections whose tables were built from another log. */
  readonly onLogChecked: (foreign: ReadonlySet<ProjectionName>) => void;
  readonly onCommitted: (batch: Batch) => void;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** How often the checkpoints are checked for an operator's change, in ms. */
const watchEveryMs = 1_000;
/** How often tables that were built from another log are compared with the log again, in ms. */
const checkAgainMs = 5_000;

/**
 * Projects until `signal` aborts. Failures are reported, recorded for the status, and retried from the checkpoints. Never
 * rejects.
 */
export async function keepProjecting(options: PassOptions, signal: AbortSignal): Promise<void> {
  const { observer, clock } = options;
  let pauseMs = firstPauseMs;
  const failing = new Failing(options);
  const onCommitted = (batch: Batch) => {
    pauseMs = firstPauseMs;
    options.onCommitted(batch);
    return failing.note(null);
  };
  while (!signal.aborted) {
    try {
      await projectUntilChanged({ ...options, onCommitted, failing }, signal);
    } catch (error) {
      // An operator's change shows itself in this way too; the new plan heeds it.
      if (!(error instanceof CheckpointMoved)) {
        observer.failed('projecting', error);
        await failing.note(messageOf(error));
      }
      await pause(pauseMs, signal, clock);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

/** Records a failing runner's problem for the status. */
class Failing {
  /** The problem noted in Postgres; undefined while unknown. */
  #noted: string | null | undefined = null;

  constructor(private readonly options: Pick<PassOptions, 'readModels' | 'observer' | 'lease'>) {}

  /** Never rejects: while Postgres takes no writes the lease runs out, and the status reports that instead. */
  async note(problem: string | null): Promise<void> {
    if (this.#noted === problem) return;
    const { readModels, observer, lease } = this.options;
    try {
      this.#noted = undefined;
      await readModels.noteProblem(lease.epoch, problem);
      this.#noted = problem;
    } catch (error) {
      observer.failed('projecting', error);
    }
  }
}

type Committing = Omit<PassOptions, 'onCommitted'> & {
  readonly onCommitted: (batch: Batch) => Promise<void>;
  readonly failing: Failing;
};

/** Resolves when a new plan is due: a projection has booted, an operator stepped in, or the log is to be checked again. */
async function projectUntilChanged(options: Committing, signal: AbortSignal): Promise<void> {
  const { readModels, store, lease, failing, clock, onLogChecked } = options;
  const log = await LogCheck.of(store);
  const { caughtUp, booting, foreign, ledger, fingerprint } = await planLive(readModels, log);
  await readModels.noteForeign(lease.epoch, foreign);
  onLogChecked(new Set(foreign.map(({ projection }) => projection)));
  const tasks = [(ending: AbortSignal) => watch(options, fingerprint, ending)];
  if (foreign.length > 0) tasks.push((ending) => pause(checkAgainMs, ending, clock));
  const { logId } = log;
  if (logId === null) {
    throw new Error('the log has no id, so it is not the one that this service started on: start it again');
  }
  await readModels.noteLog(lease.epoch, logId);
  if (caughtUp.length + booting.length === 0) await failing.note(null);
  if (caughtUp.length > 0)
    tasks.push((ending) => pass({ ...options, logId, ledger }, caughtUp, false, ending));
  if (booting.length > 0) tasks.push((ending) => pass({ ...options, logId, ledger }, booting, true, ending));
  await untilFirstEnds(tasks, signal);
}

/** One pass over the log for several projections; a pass of booting projections ends when they have caught up. */
async function pass(
  options: Committing & { readonly logId: string; readonly ledger: Position | null },
  targets: readonly Target[],
  booting: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { store, readModels, observer, clock, maxBatch, pace, lease, logId, ledger, onCommitted } = options;
  const from = furthestBack([...targets, { position: ledger }]);
  let after = from;
  let current = targets;
  const subscribe = (ending: AbortSignal) => store.subscribe(from, ending);
  for await (const batch of inBatches(subscribe, { maxEvents: maxBatch, pace, clock }, signal)) {
    const startedAt = clock.monotonic();
    current = await readModels.apply(current, batch, {
      onPoison: 'park',
      logId,
      after,
      leaseEpoch: lease.epoch,
    });
    after = batch.position ?? after;
    const last = batch.events.at(-1);
    observer.applied({
      events: batch.events.length,
      position: batch.position,
      lagMs: last === undefined ? null : ageMs(last.event.recordedAt),
      tookMs: clock.monotonic() - startedAt,
      traces: () => tracesOf(batch),
    });
    await onCommitted(batch);
    if (!booting || !batch.caughtUp) continue;
    await readModels.markCaughtUp(
      current.map(({ projection, epoch }) => ({ projection: projection.name, epoch })),
    );
    return;
  }
}

function tracesOf({ events }: Batch): readonly string[] {
  const traces = events.flatMap(({ event }) => traceOf(event) ?? []);
  return [...new Set(traces)];
}

/** Resolves when the live checkpoints are no longer those of the plan, or `signal` aborts. */
async function watch(
  { readModels, clock }: Pick<PassOptions, 'readModels' | 'clock'>,
  fingerprint: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && (await liveFingerprint(readModels)) === fingerprint) {
    await pause(watchEveryMs, signal, clock);
  }
}
