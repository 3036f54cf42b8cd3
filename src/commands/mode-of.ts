import { LRUCache } from 'lru-cache';
import { UnreadableLog } from '../domain/log/errors.js';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import type { EventLog } from './ports.js';
import { upTo } from './state/lru-options.js';

const rememberedConcerts = 100_000;

/**
 * Finds the purchase mode of a concert: the one it was scheduled with, which never changes, or `fallback`. Reads the log once per
 * concert.
 */
export class ModesOfConcerts {
  readonly #modes = new LRUCache<string, PurchaseMode>(upTo(rememberedConcerts));
  /** Reads in flight: a crowd that arrives at a cold process shares one. */
  readonly #reads = new Map<string, Promise<PurchaseMode>>();

  constructor(
    private readonly store: EventLog,
    private readonly fallback: PurchaseMode,
  ) {}

  /** @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  of(concertId: string): PurchaseMode | Promise<PurchaseMode> {
    const mode = this.#modes.get(concertId) ?? this.#reads.get(concertId);
    if (mode !== undefined) return mode;
    const read = this.#read(concertId).finally(() => this.#reads.delete(concertId));
    this.#reads.set(concertId, read);
    return read;
  }

  async #read(concertId: string): Promise<PurchaseMode> {
    for await (const [first] of this.store.read(concertId, 0n, 1)) {
      if (first?.decoded.ok !== true || first.decoded.event.type !== 'ConcertScheduled') {
        throw new UnreadableLog(`concert ${concertId} does not start with an event known here`);
      }
      const mode = first.decoded.event.data.purchaseMode ?? this.fallback;
      this.#modes.set(concertId, mode);
      return mode;
    }
    return this.fallback;
  }
}
