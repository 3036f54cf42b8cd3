import type { Database } from '../../postgres/database.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { Wake } from '../../waiting/wake.js';
import { toStock } from '../models/stock.js';
import type { ProjectionObserver } from './observer.js';

/** How often every concert is published, in ms: the longest time that the cache can be wrong after Redis lost data. */
const sweepEveryMs = 2_000;
const retryMs = 500;
const pageSize = 500;

/**
 * Keeps the Redis stock cache equal to the `stock` table. Changed concerts are published at once; all of them every two
 * seconds, whatever Redis has lost by then, be it one key or everything. The cache keeps the newer revision, so publishing a
 * concert again, or late, does no harm. A sweep reads and writes 500 concerts at a time.
 */
export class StockPublisher {
  readonly #wake = new Wake();
  #changed = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly cache: StockCache,
    private readonly observer: ProjectionObserver,
  ) {}

  /** To be called after the commit that changed these concerts. Bounded by the number of concerts. */
  changed(concertIds: Iterable<string>): void {
    for (const concertId of concertIds) this.#changed.add(concertId);
    this.#wake.wake();
  }

  /** Never rejects; resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake.wake();
    signal.addEventListener('abort', stop, { once: true });
    let sweepAt = 0;
    while (!signal.aborted) {
      try {
        if (performance.now() >= sweepAt) {
          this.#changed = new Set();
          await this.#sweep(signal);
          sweepAt = performance.now() + sweepEveryMs;
        } else await this.#publishChanged();
      } catch (error) {
        this.observer.failed('stock-cache', error);
        sweepAt = performance.now() + retryMs;
        this.#changed = new Set();
      }
      await this.#wake.wait(Math.max(0, sweepAt - performance.now()));
    }
    signal.removeEventListener('abort', stop);
  }

  async #publishChanged(): Promise<void> {
    while (this.#changed.size > 0) {
      const concertIds = [...this.#changed].slice(0, pageSize);
      for (const concertId of concertIds) this.#changed.delete(concertId);
      const found = await this.#select().where('concert_id', 'in', concertIds).execute();
      await this.cache.put(new Map(found.map(toStock)));
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    for (let after = ''; !signal.aborted; ) {
      const page = await this.#select()
        .where('concert_id', '>', after)
        .orderBy('concert_id')
        .limit(pageSize)
        .execute();
      await this.cache.put(new Map(page.map(toStock)));
      const last = page[pageSize - 1];
      if (last === undefined) return;
      after = last.concert_id;
    }
  }

  #select() {
    return this.database.kysely.selectFrom('stock').selectAll();
  }
}
