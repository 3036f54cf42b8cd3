import { LRUCache } from 'lru-cache';
import { EventStoreUnavailable } from '../../domain/log/errors.js';
import type { Clock } from '../../waiting/clock.js';
import { byClock, upTo } from './lru-options.js';

/** How long reads must find the log to end early before it counts as certain, in ms. */
const convincedAfterMs = 2_000;
/** A claim that was not read again for this time is doubted from the start, in ms. */
const forgottenAfterMs = 10_000;
const rememberedConcerts = 10_000;

/**
 * Judges a log that ends before a revision that memory or Redis claims. For a moment the read may have gone to a leader that
 * is about to be replaced, so nothing is concluded then. When it lasts, the log was restored from a backup, and the claims are
 * wrong.
 */
export class LogEnds {
  /** When a claim was first found to be beyond the end, by the monotonic clock. */
  readonly #doubted: LRUCache<string, number>;
  readonly #disproved = new LRUCache<string, bigint>(upTo(rememberedConcerts));

  constructor(private readonly clock: Clock) {
    const ttl = forgottenAfterMs;
    this.#doubted = new LRUCache({ ...upTo(rememberedConcerts), ttl, ...byClock(clock) });
  }

  /**
   * Call it for every read from the leader that did not reach `claimed`. True when it becomes certain that the log ends before
   * that revision, false when it was certain already.
   * @throws {EventStoreUnavailable} while it is not certain
   */
  before(concertId: string, claimed: bigint): boolean {
    if (this.#disproved.get(concertId) === claimed) return false;
    const claim = `${concertId}/${claimed}`;
    const since = this.#doubted.get(claim);
    if (since === undefined) this.#doubted.set(claim, this.clock.monotonic());
    if (since === undefined || this.clock.monotonic() - since < convincedAfterMs) {
      throw new EventStoreUnavailable(
        `the log of ${concertId} was read and does not reach revision ${claimed}`,
      );
    }
    this.#disproved.set(concertId, claimed);
    return true;
  }
}
