import type { Logger } from 'pino';
import { EventStoreUnavailable } from '../../domain/log/errors.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Database } from '../../postgres/database.js';
import { leaseStatus, leaseTimes } from '../../postgres/lease.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { pause } from '../../waiting/sleep.js';
import { Refused } from '../refused.js';

const lookEveryMs = 500;

/**
 * Refuses to start beside a living installation that has another log in the same schema or under the same Redis keys. An
 * installation that has ended leaves its claim for some seconds, and the start waits for that. A server that does not answer is
 * left to the runner, which checks again.
 * @param patienceMs how long to wait for the claim of an installation that may have ended, in ms
 * @throws {Refused} naming what is shared
 */
export async function refuseToShare(
  {
    store,
    database,
    stock,
  }: { readonly store: EventStore; readonly database: Database; readonly stock: StockCache | null },
  logger: Logger,
  patienceMs = 2 * leaseTimes.leaseMs,
): Promise<void> {
  let logId: string;
  try {
    logId = await store.identify();
  } catch (error) {
    if (!(error instanceof EventStoreUnavailable)) throw error;
    logger.warn({ err: error }, 'cannot read the identity of the log; retrying');
    return;
  }
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const shared =
      (await sharedSchema(database, logId)) ??
      (stock === null ? null : await sharedKeys(stock, logId, logger));
    if (shared === null) return;
    if (performance.now() > deadline) {
      throw new Refused(
        `Another installation, whose log is ${shared.logId}, uses ${shared.what}; the log of this one is ${logId}. Give one of ` +
          'them a NAMESPACE or servers of its own.',
      );
    }
    await pause(lookEveryMs, new AbortController().signal);
  }
}

interface Shared {
  readonly logId: string;
  readonly what: string;
}

async function sharedSchema({ kysely, schema }: Database, logId: string): Promise<Shared | null> {
  const { freeForMs, logId: other } = await leaseStatus(kysely);
  if (freeForMs > 0 || other === null || other === logId) return null;
  return { logId: other, what: `the schema "${schema}" of the same Postgres database` };
}

async function sharedKeys(stock: StockCache, logId: string, logger: Logger): Promise<Shared | null> {
  try {
    const other = await stock.claimedBy();
    return other === null || other === logId
      ? null
      : { logId: other, what: 'the same keys of the same Redis' };
  } catch (error) {
    logger.warn({ err: error }, 'cannot check whether another installation uses this Redis');
    return null;
  }
}
