import { LRUCache } from 'lru-cache';
import { EventStoreUnavailable } from '../../event-store/errors.js';

/** How long a log has to be seen to end early before that is believed, in ms. */
const convincedAfterMs = 2_000;
/** What was doubted and not asked about for so long is doubted anew, in ms. */
const forgottenAfterMs = 10_000;
const rememberedConcerts = 10_000;

/**
 * Judges a log that is read to end before a revision that memory or Redis says it has. For a moment the reader may have asked
 * a leader that is about to be replaced, so nothing is decided then. When it lasts, the log was restored from a backup, and
 * the others are wrong.
 */
export class LogEnds {
  /** When a claim was first seen to be beyond the end, by `performance.now()`. */
  readonly #doubted = new LRUCache<string, number>({ max: rememberedConcerts, ttl: forgottenAfterMs });
  readonly #disproved = new LRUCache<string, bigint>({ max: rememberedConcerts });

  /**
   * To be told of every read, from the leader, that did not reach `claimed`. True once it is certain that the log ends before,
   * false when that was certain already.
   * @throws {EventStoreUnavailable} while it is not certain
   */
  before(concertId: string, claimed: bigint): boolean {
    if (this.#disproved.get(concertId) === claimed) return false;
    const claim = `${concertId}/${claimed}`;
    const since = this.#doubted.get(claim);
    if (since === undefined) this.#doubted.set(claim, performance.now());
    if (since === undefined || performance.now() - since < convincedAfterMs) {
      throw new EventStoreUnavailable(
        `the log of ${concertId} was read and does not reach revision ${claimed}`,
      );
    }
    this.#disproved.set(concertId, claimed);
    return true;
  }
}
