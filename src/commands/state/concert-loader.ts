import { LRUCache } from 'lru-cache';
import { type Concert, compacted, remaining } from '../../domain/concert.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { SharedLookups } from '../../waiting/shared-lookups.js';
import type { StateLoader } from '../decide-with-retry.js';
import { ConcertCache } from './concert-cache.js';
import { LogEnds } from './log-ends.js';
import { type RestoreContext, restoreFromSnapshot } from './restore-from-snapshot.js';
import type { SnapshotTaker } from './snapshot-taker.js';

export interface ConcertLoaderOptions extends RestoreContext {
  /** Null without Redis. */
  readonly stock: StockCache | null;
  readonly taker: SnapshotTaker;
  /** Bound on memory: purchases held over all concerts, the least recently used concert going first. */
  readonly maxPurchases: number;
}

/** How long memory and Redis are believed without a look at the log, in ms: both may be of a log that is no more. */
const believedMs = 2_000;
const mostBelieved = 10_000;

/** How many concerts are remembered to have been reported as larger than the bound. */
const mostReported = 1_000;

/** States of which some are in memory. */
export interface CachingLoader extends StateLoader {
  /** What is known without asking anybody; possibly behind the log. */
  peek(concertId: string): Concert | undefined;
}

/**
 * Folded states, kept by revision, so that a purchase reads the log only from where it is known, and not at all when that
 * is the end. A state here is always a true prefix of the log and may be behind it. It never outvotes the log: what is
 * appended carries its revision, and what is answered without an append is checked to be current first.
 *
 * Current means: not behind the revision in the Redis stock cache. Every append of these modes is written through to it: the
 * write leaves before the acknowledgement does, but is not waited for. The other modes leave it to the projection. Where
 * Redis cannot tell, the log is asked, and every two seconds in any case. A log that was restored from a backup is noticed then,
 * and what memory and Redis had beyond its end is dropped.
 *
 * A concert's log is read by one reader at a time, for all who ask meanwhile.
 */
export class ConcertLoader implements CachingLoader {
  readonly #states: ConcertCache;
  readonly #reads = new SharedLookups((concertId: string) => this.#readLog(concertId));
  readonly #ends = new LogEnds();
  /** Concerts whose state here the log has lately been seen to have. */
  readonly #believed = new LRUCache<string, true>({ max: mostBelieved, ttl: believedMs });
  readonly #reported = new LRUCache<string, true>({ max: mostReported });

  constructor(private readonly options: ConcertLoaderOptions) {
    this.#states = new ConcertCache(options.maxPurchases);
  }

  peek(concertId: string): Concert | undefined {
    return this.#states.get(concertId);
  }

  async load(concertId: string): Promise<Concert> {
    const newest = await this.#newestRevision(concertId);
    const known = this.#states.get(concertId);
    if (known !== undefined && newest !== null && newest <= known.revision && this.#believed.has(concertId))
      return known;
    const concert = await this.latest(concertId);
    if (newest !== null && newest > concert.revision) this.#correct(concert, newest);
    return concert;
  }

  /** The state at the end of the log, by a read that begins after the call. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  latest(concertId: string): Promise<Concert> {
    return this.#reads.get(concertId);
  }

  /** The same states for those who do without Redis: current is what the log says. */
  withoutRedis(): CachingLoader {
    return {
      peek: (concertId) => this.peek(concertId),
      load: (concertId) => this.latest(concertId),
      refresh: (base) => this.refresh(base),
      committed: (concert) => this.#keep(concert),
    };
  }

  /** All that is known, the most recently used first. */
  all(): Iterable<Concert> {
    return this.#states.values();
  }

  /** @param base a true prefix of the log */
  refresh(base: Concert): Promise<Concert> {
    this.#keep(base);
    return this.latest(base.concertId);
  }

  committed(concert: Concert): void {
    this.#keep(concert);
    this.#believed.set(concert.concertId, true);
    const stock = { remaining: remaining(concert), revision: concert.revision };
    this.options.stock
      ?.put(new Map([[concert.concertId, stock]]))
      .catch((error: Error) => this.options.observer.stockNotWritten(error.message));
  }

  async #readLog(concertId: string): Promise<Concert> {
    const base = this.#states.get(concertId) ?? (await restoreFromSnapshot(this.options, concertId));
    const concert = (await this.options.log.catchUp(base)) ?? (await this.#startAgain(base));
    this.#keep(concert);
    this.#believed.set(concertId, true);
    return concert;
  }

  /** The log ends before `base`, a state that was in it once. @throws {EventStoreUnavailable} while that is not certain */
  async #startAgain({ concertId, revision }: Concert): Promise<Concert> {
    const isNews = this.#ends.before(concertId, revision);
    this.#states.delete(concertId);
    const concert = await this.options.log.fold(concertId);
    if (isNews) this.options.observer.logEndsEarlier(concertId, revision, concert.revision);
    return concert;
  }

  /**
   * The log ends before what Redis has.
   * @throws {EventStoreUnavailable} while that is not certain
   */
  #correct(concert: Concert, claimed: bigint): void {
    const { concertId, revision } = concert;
    if (this.#ends.before(concertId, claimed))
      this.options.observer.logEndsEarlier(concertId, claimed, revision);
    const { stock, observer } = this.options;
    const corrected = new Map([[concertId, { remaining: remaining(concert), revision }]]);
    if (stock === null) return;
    stock
      .forget([concertId])
      .then(() => (concert.status === 'unknown' ? undefined : stock.put(corrected)))
      .catch((error: Error) => observer.stockNotWritten(error.message));
  }

  async #newestRevision(concertId: string): Promise<bigint | null> {
    try {
      return (await this.options.stock?.get(concertId))?.revision ?? null;
    } catch {
      return null; // The log is asked instead; that Redis is gone is reported where the lock is taken.
    }
  }

  /** A read and an append may overlap: the newer state stays. An unknown concert is not worth remembering. */
  #keep(concert: Concert): void {
    if (concert.status === 'unknown') return;
    const known = this.#states.get(concert.concertId);
    if (known !== undefined && known.revision >= concert.revision) return;
    const kept = compacted(concert, known);
    if (!this.#states.set(kept)) this.#report(kept);
    this.options.taker.consider(kept);
  }

  #report({ concertId, purchases }: Concert): void {
    if (this.#reported.has(concertId)) return;
    this.#reported.set(concertId, true);
    this.options.observer.concertExceedsMemory(concertId, purchases.size);
  }
}
