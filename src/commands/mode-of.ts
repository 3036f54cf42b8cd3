import { LRUCache } from 'lru-cache';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import { UnreadableLog } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';

const rememberedConcerts = 100_000;

/** The mode a concert was scheduled with, which never changes, or `fallback`. One read per concert and process. */
export function modesOfConcerts(store: EventStore, fallback: PurchaseMode) {
  const known = new LRUCache<string, PurchaseMode>({ max: rememberedConcerts });
  return {
    remember(concertId: string, mode: PurchaseMode | null): void {
      known.set(concertId, mode ?? fallback);
    },
    /** @throws {EventStoreUnavailable} @throws {UnreadableLog} */
    async of(concertId: string): Promise<PurchaseMode> {
      const mode = known.get(concertId);
      if (mode !== undefined) return mode;
      for await (const [first] of store.read(concertId, 0n, 1)) {
        if (first?.decoded.ok !== true)
          throw new UnreadableLog(`concert ${concertId} does not start with an event known here`);
        const { event } = first.decoded;
        if (event.type === 'ConcertScheduled') this.remember(concertId, event.data.purchaseMode);
      }
      return known.get(concertId) ?? fallback;
    },
  };
}
