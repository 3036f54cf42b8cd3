import type { EventStore } from '../../event-store/event-store.js';
import type { Stock, StockCache } from '../../redis/stock-cache.js';
import type { ReadModelStore } from './read-model-store.js';

interface StockAheadContext {
  readonly cache: Pick<StockCache, 'concertIds' | 'get' | 'forget'>;
  readonly readModels: Pick<ReadModelStore, 'stocksOf'>;
  readonly store: Pick<EventStore, 'readLast'>;
}

/**
 * Removes cached stock that may be of a log which was since restored from a backup: the cache would keep it until the log has
 * passed its revision. Only stock that the read model does not confirm or replace is compared with the end of the log. A stock
 * that is removed by mistake is published again.
 * @throws when Redis, Postgres or the event store does not answer
 */
export async function forgetStockAhead(
  { cache, readModels, store }: StockAheadContext,
  signal: AbortSignal,
): Promise<void> {
  for await (const concertId of cache.concertIds()) {
    if (signal.aborted) return;
    const cached = await cache.get(concertId);
    if (cached === null) continue;
    const projected = (await readModels.stocksOf([concertId])).get(concertId);
    if (projected !== undefined && (projected.revision > cached.revision || isSame(projected, cached)))
      continue;
    const last = await store.readLast(concertId);
    if (last === null || last.revision <= cached.revision) await cache.forget([concertId]);
  }
}

const isSame = (one: Stock, other: Stock): boolean =>
  one.revision === other.revision && one.remaining === other.remaining && one.held === other.held;
