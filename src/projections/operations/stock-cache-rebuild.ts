import type { Database } from '../../postgres/database.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { toStock } from '../models/stock.js';

const pageSize = 500;

/**
 * Empties the Redis stock cache of every concert and fills it again from the `stock` table. Sales may go on: a newer stock that
 * is written meanwhile stays, and a command without a cached stock reads the log.
 * @returns how many concerts were written
 */
export async function rebuildStockCache(
  { kysely }: Database,
  cache: Pick<StockCache, 'forget' | 'put'>,
): Promise<number> {
  let concerts = 0;
  for (let after = ''; ; ) {
    const page = await kysely
      .selectFrom('stock')
      .selectAll()
      .where('concert_id', '>', after)
      .orderBy('concert_id')
      .limit(pageSize)
      .execute();
    const stocks = new Map(page.map(toStock));
    await cache.forget([...stocks.keys()]);
    await cache.put(stocks);
    concerts += page.length;
    const last = page[pageSize - 1];
    if (last === undefined) return concerts;
    after = last.concert_id;
  }
}
