import type { StockCache } from '../../redis/stock-cache.js';
import type { Clock } from '../../waiting/clock.js';
import { Wake } from '../../waiting/wake.js';
import type { ProjectionObserver } from './observer.js';
import type { ReadModelStore } from './read-model-store.js';

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
  readonly #wake: Wake;
  #changed = new Set<string>();

  constructor(
    private readonly readModels: Pick<ReadModelStore, 'stocksOf' | 'stocksAfter'>,
    private readonly cache: Pick<StockCache, 'put'>,
    private readonly observer: ProjectionObserver,
    private readonly clock: Clock,
  ) {
    this.#wake = new Wake(clock);
  }

  /** To be called after the commit that changed these concerts. Bounded by the number of concerts. */
  changed(concertIds: Iterable<string>): void {
    for (const concertId of concertIds) this.#changed.add(concertId);
    this.#wake.wake();
  }

  /** Never rejects; resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake.wake();
    signal.addEventListener('abort', stop, { once: true });
    let sweepAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        if (this.clock.monotonic() >= sweepAt) {
          this.#changed = new Set();
          await this.#sweep(signal);
          sweepAt = this.clock.monotonic() + sweepEveryMs;
        } else await this.#publishChanged();
      } catch (error) {
        this.observer.failed('stock-cache', error);
        sweepAt = this.clock.monotonic() + retryMs;
        this.#changed = new Set();
      }
      await this.#wake.wait(Math.max(0, sweepAt - this.clock.monotonic()));
    }
    signal.removeEventListener('abort', stop);
  }

  async #publishChanged(): Promise<void> {
    while (this.#changed.size > 0) {
      const concertIds = [...this.#changed].slice(0, pageSize);
      for (const concertId of concertIds) this.#changed.delete(concertId);
      await this.cache.put(await this.readModels.stocksOf(concertIds));
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    for (let after = ''; !signal.aborted; ) {
      const page = await this.readModels.stocksAfter(after, pageSize);
      await this.cache.put(page);
      if (page.size < pageSize) return;
      after = [...page.keys()].at(-1) ?? after;
    }
  }
}
