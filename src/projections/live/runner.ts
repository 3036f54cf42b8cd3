import type { EventStore } from '../../event-store/event-store.js';
import { type Lease, type LeaseTimes, newHolder, takeLease } from '../../postgres/lease.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { type Clock, systemClock } from '../../waiting/clock.js';
import { pause } from '../../waiting/sleep.js';
import { untilFirstEnds } from '../../waiting/until-first-ends.js';
import type { BatchThrottle } from '../apply/batch-throttle.js';
import type { IdentifiedLog } from '../apply/log-check.js';
import type { ProjectionObserver } from './observer.js';
import { keepProjecting, type PassOptions } from './project-live.js';
import type { ReadModelStore } from './read-model-store.js';
import { forgetStockAhead } from './stock-ahead.js';
import { StockPublisher } from './stock-publisher.js';
import { StockPublishing } from './stock-publishing.js';

/** What publishing needs of the stock cache. */
export type PublishedCache = Pick<
  StockCache,
  'put' | 'get' | 'forget' | 'concertIds' | 'startOver' | 'forgetAll' | 'claim'
>;

export interface RunnerOptions {
  readonly store: Pick<EventStore, 'subscribe' | 'identify' | 'readLast'> & IdentifiedLog;
  /** Migrated. */
  readonly readModels: ReadModelStore;
  /** Null without Redis: no stock is published. */
  readonly cache: PublishedCache | null;
  readonly observer: ProjectionObserver;
  /** Events per transaction at most; as many again are read ahead. Default 2000. */
  readonly maxBatch?: number;
  /** The throttle that readers of this process flush. */
  readonly pace?: BatchThrottle;
  /** Default `leaseTimes`. */
  readonly leaseTimes?: LeaseTimes;
  /** Default: that of the system. */
  readonly clock?: Clock;
  /** Names this runner among all; default: by host and process. */
  readonly holder?: string;
}

const retryMs = 1_000;
const defaultMaxBatch = 2_000;

/**
 * Projects the log into the read models and the stock cache. Any number of processes may run one; the holder of the lease
 * projects, the others stand by. They take over within a second of its end, and within ten of its hanging: only a process that
 * runs renews the lease, and one that has lost it writes nothing more, whenever it wakes up.
 *
 * Exactly once: checkpoints move in the transaction that writes the rows, from their expected position. After a failure of the
 * event store, Postgres or Redis the runner retries for ever, from the checkpoint, with pauses up to a second.
 */
export class ProjectionRunner {
  readonly #stopping = new AbortController();
  readonly #holder: string;
  readonly #clock: Clock;
  #running: Promise<void> | null = null;

  constructor(private readonly options: RunnerOptions) {
    this.#holder = options.holder ?? newHolder();
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Resolves when the transaction in flight has ended and the lock is released. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { readModels, store, observer, leaseTimes: times } = this.options;
    while (!signal.aborted) {
      try {
        const logId = await store.identify();
        const onHeldByOther = (holder: string, other: string | null) => {
          if (other !== null && other !== logId)
            observer.failed('lock', new SharedSchema(readModels.name, holder));
        };
        const lease = await takeLease(
          {
            ...{ open: () => readModels.openLease(), holder: this.#holder, logId },
            ...{ clock: this.#clock, times, onHeldByOther },
          },
          signal,
        );
        if (lease !== null) await this.#lead(lease, logId, signal);
      } catch (error) {
        observer.failed('lock', error);
        await pause(retryMs, signal, this.#clock);
      }
    }
  }

  async #lead(lease: Lease, logId: string, stopping: AbortSignal): Promise<void> {
    const { readModels, cache, store, observer } = this.options;
    const clock = this.#clock;
    const publisher = cache === null ? null : new StockPublisher(readModels, cache, observer, clock);
    const publishing =
      cache === null || publisher === null
        ? null
        : new StockPublishing(publisher, cache, observer, logId, clock, (signal) =>
            forgetStockAhead({ cache, readModels, store }, signal),
          );
    const pass: PassOptions = {
      ...this.options,
      clock,
      maxBatch: this.options.maxBatch ?? defaultMaxBatch,
      lease,
      onLogChecked: (foreign) => publishing?.logChecked(!foreign.has('stock')),
      onCommitted: ({ events }) => publisher?.changed(new Set(events.map(({ event }) => event.concertId))),
    };
    observer.leading(true);
    const work = [(signal: AbortSignal) => keepProjecting(pass, signal)];
    if (publishing !== null) work.push((signal) => publishing.run(signal));
    await untilFirstEnds(work, AbortSignal.any([stopping, lease.lost]));
    observer.leading(false);
    await lease.release();
  }
}

/** Refuses to project two installations with logs of their own into one schema. */
class SharedSchema extends Error {
  override readonly name = 'SharedSchema';

  constructor(schema: string, holder: string) {
    super(
      `the process ${holder} projects another log into the schema "${schema}": give one of the two installations a ` +
        'NAMESPACE or a database of its own',
    );
  }
}
