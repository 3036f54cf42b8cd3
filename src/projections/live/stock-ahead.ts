import type { EventStore } from '../../event-store/event-store.js';
import type { StockCache } from '../../redis/stock-cache.js';
import type { ReadModelStore } from './read-model-store.js';

interface StockAheadContext {
  readonly cache: Pick<StockCache, 'concertIds' | 'get' | 'forget'>;
  readonly readModels: Pick<ReadModelStore, 'stocksOf'>;
  readonly store: Pick<EventStore, 'readLast'>;
}

/**
 * Removes cached stock of a revision that the log does not have: the log was restored from a backup, and the cache would keep the
 * newer revision until the log has passed it. Only stock that is ahead of its read model is compared with the log. A stock that is
 * removed by mistake, since a read met a server that lags, is published again.
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
    if (projected !== undefined && projected.revision >= cached.revision) continue;
    const last = await store.readLast(concertId);
    if (last === null || last.revision < cached.revision) await cache.forget([concertId]);
  }
}
