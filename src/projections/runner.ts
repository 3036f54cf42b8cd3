import type { EventStore } from '../event-store/event-store.js';
import { comparePositions, type Position } from '../event-store/recorded-event.js';
import type { StockCache } from '../redis/stock-cache.js';
import { applyBatch, type Progress } from './apply.js';
import { loadCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import { type Batch, inBatches } from './intake.js';
import { projections } from './models/index.js';
import type { ProjectionObserver } from './observer.js';
import { pause } from './pause.js';
import { type SessionLock, takeSessionLock } from './session-lock.js';
import { StockPublisher } from './stock-publisher.js';

export interface RunnerOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  /** Migrated. Three connections are used at most, besides one of its own for the lock. */
  readonly database: Database;
  readonly cache: StockCache;
  readonly observer: ProjectionObserver;
  /** Events per transaction at most; as many again are read ahead. Default 2000. */
  readonly maxBatch?: number;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
const defaultMaxBatch = 2_000;

/**
 * Projects the log into the read models and the stock cache. Any number of processes may run one; the one that holds the
 * lock projects, the others stand by and take over within a second of its end.
 *
 * Exactly once: checkpoints move in the transaction that writes the rows, from where this runner believes them to be. A
 * lost store, Postgres or Redis is tried again for ever, from the checkpoint, with pauses up to a second.
 */
export class ProjectionRunner {
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(private readonly options: RunnerOptions) {}

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Resolves when the transaction in flight has ended and the lock is released. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { url, schema } = this.options.database;
        const lock = await takeSessionLock(url, `onsale/project/${schema}`, signal);
        if (lock !== null) await this.#lead(lock, signal);
      } catch (error) {
        this.options.observer.failed('lock', error);
        await pause(longestPauseMs, signal);
      }
    }
  }

  async #lead(lock: SessionLock, stopping: AbortSignal): Promise<void> {
    const { database, cache, observer } = this.options;
    const signal = AbortSignal.any([stopping, lock.lost]);
    const publisher = new StockPublisher(database, cache, observer);
    observer.leading(true);
    await Promise.all([this.#keepProjecting(publisher, signal), publisher.run(signal)]);
    observer.leading(false);
    await lock.release();
  }

  async #keepProjecting(publisher: StockPublisher, signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        for await (const batch of this.#project(signal)) {
          publisher.changed(new Set(batch.events.map(({ concertId }) => concertId)));
          pauseMs = firstPauseMs;
        }
      } catch (error) {
        this.options.observer.failed('projecting', error);
        await pause(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  /** Yields each batch after its commit. */
  async *#project(signal: AbortSignal): AsyncGenerator<Batch> {
    const { store, database, observer, maxBatch = defaultMaxBatch } = this.options;
    let progress = await loadProgress(database);
    const from = furthestBack(progress);
    for await (const batch of inBatches((ended) => store.subscribe(from, ended), maxBatch, signal)) {
      const startedAt = Date.now();
      progress = await applyBatch(database.kysely, progress, batch);
      const last = batch.events.at(-1);
      const now = Date.now();
      observer.applied({
        events: batch.events.length,
        position: batch.position,
        lagMs: last === undefined ? null : now - last.recordedAt.getTime(),
        tookMs: now - startedAt,
      });
      yield batch;
    }
  }
}

async function loadProgress({ kysely }: Database): Promise<readonly Progress[]> {
  const checkpoints = await loadCheckpoints(kysely);
  return projections.map((projection) => {
    const checkpoint = checkpoints.get(projection.name);
    if (checkpoint?.version !== projection.version) {
      throw new Error(
        `the tables of ${projection.name} are of version ${checkpoint?.version}, not ${projection.version}: rebuild it`,
      );
    }
    return { projection, position: checkpoint.position };
  });
}

/** One subscription serves all: it starts where the last of them is. */
function furthestBack(progress: readonly Progress[]): Position | null {
  let first: Position | null | undefined;
  for (const { position } of progress) {
    if (position === null) return null;
    if (first === undefined || (first !== null && comparePositions(position, first) < 0)) first = position;
  }
  return first ?? null;
}
