import { LRUCache } from 'lru-cache';
import type { Concert } from '../../domain/concert.js';

/**
 * Folded states within a bound: purchases over all concerts, and one for each concert. Beyond it the least recently used go. The
 * one used last stays whatever its size, since it is in use and would only be read again; it is then the only one.
 */
export class ConcertCache {
  /** Never full by itself: it has the order of use and the sum of the sizes. */
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

  /** Keeps a state in place of an older one of its concert. False when it is larger than the bound, all by itself. */
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

/** Ten forgotten purchases take as much as one that is held. */
function sizeOf({ purchases, forgotten }: Concert): number {
  return purchases.size + Math.ceil(forgotten.count / 10) + 1;
}
