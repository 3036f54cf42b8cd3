import { LRUCache } from 'lru-cache';
import type { Concert } from '../../domain/concert.js';

/**
 * A cache of folded states, bounded by size: purchases and holds over all concerts, plus one per concert. Beyond the bound the
 * least recently used states are evicted. The most recently used state stays whatever its size, since it is in use and would be
 * read again.
 */
export class ConcertCache {
  /** Never evicts by itself: it keeps the order of use and the sum of the sizes. */
  readonly #concerts = new LRUCache<string, Concert>({
    maxSize: Number.MAX_SAFE_INTEGER,
    sizeCalculation: sizeOf,
  });

  /** @param maxPurchases at least 1 */
  constructor(private readonly maxPurchases: number) {}

  /** Counts as a use. */
  get(concertId: string): Concert | undefined {
    return this.#concerts.get(concertId);
  }

  /** Replaces the concert's state. False when this state alone exceeds the bound. */
  set(concert: Concert): boolean {
    this.#concerts.set(concert.concertId, concert);
    while (this.#concerts.calculatedSize > this.maxPurchases && this.#concerts.size > 1) this.#concerts.pop();
    return sizeOf(concert) <= this.maxPurchases;
  }

  delete(concertId: string): void {
    this.#concerts.delete(concertId);
  }

  /** The most recently used first. */
  values(): Iterable<Concert> {
    return this.#concerts.values();
  }
}

/** A hold takes about as much memory as a purchase; ten forgotten ones take as much as one that is kept. */
function sizeOf({ purchases, holds, forgotten }: Concert): number {
  return purchases.size + holds.all.size + Math.ceil(forgotten.count / 10) + 1;
}
