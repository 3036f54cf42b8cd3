import type { EventStore } from '../event-store/event-store.js';
import { ageMs } from './age.js';
import { applyBatch, type Target } from './apply.js';
import { CheckpointMoved, markCaughtUp } from './checkpoints.js';
import type { Database } from './database.js';
import { type Batch, inBatches } from './intake.js';
import type { ProjectionObserver } from './observer.js';
import type { Pace } from './pace.js';
import { pause } from './pause.js';
import { furthestBack, liveFingerprint, planLive } from './targets.js';
import { together } from './together.js';

export interface PassOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly database: Database;
  readonly observer: ProjectionObserver;
  readonly maxBatch: number;
  readonly pace?: Pace;
  readonly onCommitted: (batch: Batch) => void;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** How often the checkpoints are looked at for an operator's change, in ms. */
const watchEveryMs = 1_000;

/** Projects until `signal` aborts; what fails is reported and tried again from the checkpoints. Never rejects. */
export async function keepProjecting(options: PassOptions, signal: AbortSignal): Promise<void> {
  let pauseMs = firstPauseMs;
  const onCommitted = (batch: Batch) => {
    pauseMs = firstPauseMs;
    options.onCommitted(batch);
  };
  while (!signal.aborted) {
    try {
      await projectUntilChanged({ ...options, onCommitted }, signal);
    } catch (error) {
      // An operator's change shows itself in this way too; the new plan heeds it.
      if (!(error instanceof CheckpointMoved)) options.observer.failed('projecting', error);
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

/** Resolves when there is a new plan to make: somebody booted, or an operator stepped in. */
async function projectUntilChanged(options: PassOptions, signal: AbortSignal): Promise<void> {
  const { caughtUp, booting, fingerprint } = await planLive(options.database.kysely);
  const tasks = [(ending: AbortSignal) => watch(options.database, fingerprint, ending)];
  if (caughtUp.length > 0) tasks.push((ending) => pass(options, caughtUp, false, ending));
  if (booting.length > 0) tasks.push((ending) => pass(options, booting, true, ending));
  await together(tasks, signal);
}

/** One pass over the log for several projections; one of booting projections ends when they have caught up. */
async function pass(
  { store, database, observer, maxBatch, pace, onCommitted }: PassOptions,
  targets: readonly Target[],
  booting: boolean,
  signal: AbortSignal,
): Promise<void> {
  const from = furthestBack(targets);
  let current = targets;
  const subscribe = (ending: AbortSignal) => store.subscribe(from, ending);
  for await (const batch of inBatches(subscribe, maxBatch, signal, pace)) {
    const startedAt = performance.now();
    current = await applyBatch(database.kysely, current, batch, { onPoison: 'park' });
    const last = batch.events.at(-1);
    observer.applied({
      events: batch.events.length,
      position: batch.position,
      lagMs: last === undefined ? null : ageMs(last.event.recordedAt),
      tookMs: performance.now() - startedAt,
    });
    onCommitted(batch);
    if (!booting || !batch.caughtUp) continue;
    await markCaughtUp(
      database.kysely,
      current.map(({ projection, epoch }) => ({ projection: projection.name, epoch })),
    );
    return;
  }
}

/** Resolves when the live checkpoints are no longer those of the plan, or `signal` aborts. */
async function watch({ kysely }: Database, fingerprint: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await liveFingerprint(kysely)) === fingerprint) {
    await pause(watchEveryMs, signal);
  }
}
