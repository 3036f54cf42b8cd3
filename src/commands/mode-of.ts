import { LRUCache } from 'lru-cache';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import { UnreadableLog } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';

const rememberedConcerts = 100_000;

/** The mode a concert was scheduled with, which never changes, or `fallback`. One read per concert and process. */
export class ModesOfConcerts {
  readonly #known = new LRUCache<string, PurchaseMode>({ max: rememberedConcerts });
  /** Look-ups under way: a crowd that arrives at a cold process asks once. */
  readonly #asked = new Map<string, Promise<PurchaseMode>>();

  constructor(
    private readonly store: EventStore,
    private readonly fallback: PurchaseMode,
  ) {}

  /** @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  of(concertId: string): PurchaseMode | Promise<PurchaseMode> {
    const known = this.#known.get(concertId) ?? this.#asked.get(concertId);
    if (known !== undefined) return known;
    const asked = this.#ask(concertId).finally(() => this.#asked.delete(concertId));
    this.#asked.set(concertId, asked);
    return asked;
  }

  async #ask(concertId: string): Promise<PurchaseMode> {
    for await (const [first] of this.store.read(concertId, 0n, 1)) {
      if (first?.decoded.ok !== true || first.decoded.event.type !== 'ConcertScheduled') {
        throw new UnreadableLog(`concert ${concertId} does not start with an event known here`);
      }
      const mode = first.decoded.event.data.purchaseMode ?? this.fallback;
      this.#known.set(concertId, mode);
      return mode;
    }
    return this.fallback;
  }
}
