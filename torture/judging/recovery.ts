import { setTimeout as delay } from 'node:timers/promises';
import type { OpenServers } from '../../src/cli/open-servers.js';
import type { History } from '../crowd/history.js';

const lookEveryMs = 50;

export interface Recovered {
  /** From the healing until the stock cache had everything sold by then, in ms; null: not while it was watched. */
  readonly stockMs: number | null;
  /** The same for the read model of concerts. */
  readonly rowsMs: number | null;
}

/**
 * Watches stock cache and read model of a concert, past all relays, until both have what the log had when it was healed. Notes what it
 * sees of the stock, for the judge.
 */
export async function watchRecovery(
  { store, redis, database }: OpenServers,
  concertId: string,
  history: History,
  forMs: number,
): Promise<Recovered> {
  const healedAt = history.now();
  const end = (await store.readLast(concertId))?.revision ?? -1n;
  let stockMs: number | null = redis === null ? 0 : null;
  let rowsMs: number | null = null;
  while (history.now() - healedAt < forMs && (stockMs === null || rowsMs === null)) {
    if (stockMs === null && (await stockRevision(redis, concertId, history)) >= end)
      stockMs = history.now() - healedAt;
    if (rowsMs === null && (await rowsRevision(database, concertId)) >= end)
      rowsMs = history.now() - healedAt;
    await delay(lookEveryMs);
  }
  return { stockMs, rowsMs };
}

/** -2n when Redis does not answer or has no stock. What is seen becomes a line of the history. */
export async function stockRevision(
  redis: OpenServers['redis'],
  concertId: string,
  history: History,
): Promise<bigint> {
  const stock = (await redis?.stock.get(concertId).catch(() => null)) ?? null;
  if (stock === null) return -2n;
  const { remaining, revision } = stock;
  history.others.push({ concertId, at: history.now(), stock: { remaining, revision: Number(revision) } });
  return revision;
}

/** -2n when Postgres does not answer or has no row of the concert. */
export async function rowsRevision({ kysely }: OpenServers['database'], concertId: string): Promise<bigint> {
  const row = await kysely
    .selectFrom('concerts')
    .select('revision')
    .where('concert_id', '=', concertId)
    .executeTakeFirst()
    // Postgres is still recovering.
    .catch(() => undefined);
  return row?.revision ?? -2n;
}
