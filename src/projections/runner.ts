import type { EventStore } from '../event-store/event-store.js';
import type { StockCache } from '../redis/stock-cache.js';
import type { Database } from './database.js';
import type { ProjectionObserver } from './observer.js';
import type { Pace } from './pace.js';
import { pause } from './pause.js';
import { keepProjecting, type PassOptions } from './projecting.js';
import { type SessionLock, takeSessionLock } from './session-lock.js';
import { StockPublisher } from './stock-publisher.js';
import { together } from './together.js';

export interface RunnerOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  /** Migrated. Four connections are used at most, besides one of its own for the lock. */
  readonly database: Database;
  /** Null without Redis: no stock is published. */
  readonly cache: StockCache | null;
  readonly observer: ProjectionObserver;
  /** Events per transaction at most; as many again are read ahead. Default 2000. */
  readonly maxBatch?: number;
  /** Where waits for the read models of this process make themselves heard. */
  readonly pace?: Pace;
}

const retryMs = 1_000;
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
        await pause(retryMs, signal);
      }
    }
  }

  async #lead(lock: SessionLock, stopping: AbortSignal): Promise<void> {
    const { database, cache, observer } = this.options;
    const publisher = cache === null ? null : new StockPublisher(database, cache, observer);
    const pass: PassOptions = {
      ...this.options,
      maxBatch: this.options.maxBatch ?? defaultMaxBatch,
      onCommitted: ({ events }) => publisher?.changed(new Set(events.map(({ event }) => event.concertId))),
    };
    observer.leading(true);
    const work = [(signal: AbortSignal) => keepProjecting(pass, signal)];
    if (publisher !== null) work.push((signal) => publisher.run(signal));
    await together(work, AbortSignal.any([stopping, lock.lost]));
    observer.leading(false);
    await lock.release();
  }
}
