import type { EventStore } from '../../event-store/event-store.js';
import type { Stock, StockCache } from '../../redis/stock-cache.js';
import type { ReadModelStore } from './read-model-store.js';

interface StockAheadContext {
  readonly cache: Pick<StockCache, 'concertIds' | 'get' | 'forget'>;
  readonly readModels: Pick<ReadModelStore, 'stocksOf'>;
  readonly store: Pick<EventStore, 'readLast'>;
}

/** How many concerts are compared with the read model at a time. */
const pageSize = 500;

/**
 * Removes cached stock that may be of a log which was since restored from a backup: the cache would keep it until the log has
 * passed its revision. Only stock that the read model does not confirm or replace is compared with the end of the log. A stock
 * that is removed by mistake is published again.
 * @throws when Redis, Postgres or the event store does not answer
 */
export async function forgetStockAhead(context: StockAheadContext, signal: AbortSignal): Promise<void> {
  let page: string[] = [];
  for await (const concertId of context.cache.concertIds()) {
    page.push(concertId);
    if (page.length < pageSize) continue;
    await forgetAheadOf(context, page, signal);
    page = [];
  }
  if (page.length > 0) await forgetAheadOf(context, page, signal);
}

async function forgetAheadOf(
  { cache, readModels, store }: StockAheadContext,
  concertIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  // The cache first: what is projected meanwhile is newer in the read model then.
  const cached = await Promise.all(concertIds.map((concertId) => cache.get(concertId)));
  const projected = await readModels.stocksOf(concertIds);
  for (const [index, concertId] of concertIds.entries()) {
    const stock = cached[index] ?? null;
    if (stock === null || isCurrent(stock, projected.get(concertId))) continue;
    if (signal.aborted) return;
    const last = await store.readLast(concertId);
    if (last === null || last.revision <= stock.revision) await cache.forget([concertId]);
  }
}

/** Whether the read model confirms a cached stock, or is about to replace it. */
const isCurrent = (cached: Stock, projected: Stock | undefined): boolean =>
  projected !== undefined && (projected.revision > cached.revision || isSame(projected, cached));

const isSame = (one: Stock, other: Stock): boolean =>
  one.revision === other.revision && one.remaining === other.remaining && one.held === other.held;
