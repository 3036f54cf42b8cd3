import { LRUCache } from 'lru-cache';
import { type Concert, compacted, remaining } from '../../domain/concert.js';
import { SharedLookups } from '../../waiting/shared-lookups.js';
import type { StateLoader } from '../deciding/decide-with-retry.js';
import type { Stock, StockCache } from '../ports.js';
import { ConcertCache } from './concert-cache.js';
import { LogEnds } from './log-ends.js';
import { byClock, upTo } from './lru-options.js';
import { type RestoreContext, restoreFromSnapshot } from './restore-from-snapshot.js';
import { type SnapshotTaker, worthwhileAfter } from './snapshot-taker.js';
import { StockWriter } from './stock-writer.js';

export interface ConcertLoaderOptions extends RestoreContext {
  /** Null without Redis. */
  readonly stock: StockCache | null;
  readonly snapshotTaker: SnapshotTaker;
  /** Called with each state that was read from the log. */
  readonly onRead: (concert: Concert) => void;
  /** Bound on memory: purchases over all cached concerts. The least recently used concert is evicted first. */
  readonly maxPurchases: number;
}

/** How long memory and Redis are trusted without a read of the log, in ms: the log may have been restored from a backup. */
const stockOf = (concert: Concert): Stock => ({
  remaining: remaining(concert),
  held: concert.holds.held,
  revision: concert.revision,
});

const verifiedForMs = 2_000;
const mostVerified = 10_000;

/** The most concerts that are remembered as reported to exceed the bound. */
const mostReported = 1_000;

/** A loader that keeps some states in memory. */
export interface CachingLoader extends StateLoader {
  /** The cached state, without a look-up; it may lag the log. */
  peek(concertId: string): Concert | undefined;
}

/**
 * Loads concerts through a cache of folded states, so that a purchase reads only the events after the cached state, and none
 * when that is probably current. A cached state is always the fold of a prefix of the log and may lag the log. It never
 * overrules the log: an append names its revision as expected, and a decision without an append is made on a state that
 * `confirm` read.
 *
 * Probably current means: at or after the revision in the Redis stock cache. These modes write every append through to it: the
 * write is sent before the reply, or as soon as the write before has its answer; it is not awaited, and Redis may lose it. The
 * other modes leave it to the projection. The log is read when Redis does not know, and every two seconds in any case. Reads
 * notice a log that was restored from a backup; states in memory and Redis beyond its end are then dropped.
 *
 * One read per concert runs at a time; concurrent callers share it.
 */
export class ConcertLoader implements CachingLoader {
  readonly loadsConfirmed = false;
  readonly #cache: ConcertCache;
  readonly #reads = new SharedLookups((concertId: string) => this.#readLog(concertId));
  readonly #ends: LogEnds;
  /** Concerts whose cached state was lately compared with the log. */
  readonly #verified: LRUCache<string, true>;
  readonly #stockWriter: StockWriter | null;
  readonly #reported = new LRUCache<string, true>(upTo(mostReported));
  /** Concerts whose cached state is so far behind that the next read had better start from a snapshot. */
  readonly #farBehind = new Set<string>();

  constructor(private readonly options: ConcertLoaderOptions) {
    const { stock, observer, clock, maxPurchases } = options;
    this.#cache = new ConcertCache(maxPurchases);
    this.#ends = new LogEnds(clock);
    this.#verified = new LRUCache({ ...upTo(mostVerified), ttl: verifiedForMs, ...byClock(clock) });
    this.#stockWriter = stock === null ? null : new StockWriter(stock, observer);
  }

  peek(concertId: string): Concert | undefined {
    return this.#cache.get(concertId);
  }

  async load(concertId: string): Promise<Concert> {
    const newest = await this.#newestRevision(concertId);
    const cached = this.#cache.get(concertId);
    if (cached !== undefined && newest !== null && newest <= cached.revision && this.#verified.has(concertId))
      return cached;
    return this.#readPast(newest, concertId);
  }

  /** Reads the log, and notices when the log does not reach the revision in Redis. */
  async confirm(concertId: string): Promise<Concert> {
    return this.#readPast(await this.#newestRevision(concertId), concertId);
  }

  async #readPast(newest: bigint | null, concertId: string): Promise<Concert> {
    const cached = this.#cache.get(concertId);
    // By then another process has taken a snapshot at least.
    if (cached !== undefined && newest !== null && newest - cached.revision > 2n * worthwhileAfter(newest))
      this.#farBehind.add(concertId);
    const concert = await this.latest(concertId);
    if (newest !== null && newest > concert.revision) this.#correct(concert, newest);
    return concert;
  }

  /**
   * The state at the end of the log, by a read that begins after the call.
   * @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  latest(concertId: string): Promise<Concert> {
    return this.#reads.get(concertId);
  }

  /** A loader over the same cache that does not use Redis: it reads the log for every load. */
  withoutRedis(): CachingLoader {
    return {
      peek: (concertId) => this.peek(concertId),
      load: (concertId) => this.latest(concertId),
      confirm: (concertId) => this.latest(concertId),
      loadsConfirmed: true,
      refresh: (state) => this.refresh(state),
      committed: (concert) => this.#keep(concert),
    };
  }

  /** The cached states, the most recently used first. */
  all(): Iterable<Concert> {
    return this.#cache.values();
  }

  /** @param state the fold of a prefix of the log */
  refresh(state: Concert): Promise<Concert> {
    this.#keep(state);
    return this.latest(state.concertId);
  }

  committed(concert: Concert): void {
    this.#keep(concert);
    this.#verified.set(concert.concertId, true);
    this.#stockWriter?.put(concert.concertId, stockOf(concert));
  }

  async #readLog(concertId: string): Promise<Concert> {
    const start = await this.#startOfRead(concertId);
    const concert = (await this.options.log.catchUp(start)) ?? (await this.#foldAgain(start));
    this.#keep(concert);
    this.#verified.set(concertId, true);
    this.options.onRead(concert);
    return concert;
  }

  /** The cached state, or that of a snapshot where that is newer by far. */
  async #startOfRead(concertId: string): Promise<Concert> {
    const cached = this.#cache.get(concertId);
    const isFarBehind = this.#farBehind.delete(concertId);
    if (cached !== undefined && !isFarBehind) return cached;
    const restored = await restoreFromSnapshot(this.options, concertId);
    return cached !== undefined && cached.revision >= restored.revision ? cached : restored;
  }

  /**
   * Folds the log again, because it ends before `cached`, a state that it once had.
   * @throws {EventStoreUnavailable} while that is not certain
   */
  async #foldAgain({ concertId, revision }: Concert): Promise<Concert> {
    const isNews = this.#ends.before(concertId, revision);
    this.#cache.delete(concertId);
    const concert = await this.options.log.fold(concertId);
    if (isNews) this.options.observer.logFoundShorter(concertId, revision, concert.revision);
    return concert;
  }

  /**
   * Overwrites the stock in Redis, because the log ends before the revision there.
   * @throws {EventStoreUnavailable} while that is not certain
   */
  #correct(concert: Concert, claimed: bigint): void {
    const { concertId, revision } = concert;
    if (this.#ends.before(concertId, claimed))
      this.options.observer.logFoundShorter(concertId, claimed, revision);
    const { stock, observer } = this.options;
    const corrected = new Map([[concertId, stockOf(concert)]]);
    if (stock === null) return;
    stock
      .forget([concertId])
      .then(() => (concert.status === 'unknown' ? undefined : stock.put(corrected)))
      .catch((error: Error) => observer.stockWriteFailed(error.message));
  }

  async #newestRevision(concertId: string): Promise<bigint | null> {
    try {
      return (await this.options.stock?.get(concertId))?.revision ?? null;
    } catch {
      return null; // The log is read instead; the lock reports that Redis is away.
    }
  }

  /** Caches a state unless a newer one is cached: a read and an append may overlap. Unknown concerts are not cached. */
  #keep(concert: Concert): void {
    if (concert.status === 'unknown') return;
    const cached = this.#cache.get(concert.concertId);
    if (cached !== undefined && cached.revision >= concert.revision) return;
    const kept = compacted(concert, cached);
    if (!this.#cache.set(kept)) this.#report(kept);
    this.options.snapshotTaker.consider(kept);
  }

  #report({ concertId, purchases }: Concert): void {
    if (this.#reported.has(concertId)) return;
    this.#reported.set(concertId, true);
    this.options.observer.concertExceededMemory(concertId, purchases.size);
  }
}
