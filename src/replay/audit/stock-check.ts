import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, notApplicable, Tally, unchecked } from '../../domain/audit/findings.js';
import type { LogBooks } from '../../domain/audit/log-books.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { CachedStock, StockCache } from '../../redis/stock-cache.js';
import { messageOf } from '../../waiting/message-of.js';

const defaultPatienceMs = 5_000;
const pauseMs = 250;
/** Looks at a Redis that gives no answer: an audit of everything asks it again for every concert. */
const mostFailures = 3;

export interface StockCheckSources {
  readonly store: Pick<EventStore, 'read'>;
  /** Null where the configuration says that there is no Redis. */
  readonly stock: Pick<StockCache, 'look'> | null;
  /** How long the cache may take to get where it must be, in ms. Default 5000. */
  readonly stockPatienceMs?: number;
}

/**
 * Checks the stock cache. It says which revision it is of, and is held against the log at that very revision, so sales may go on. A cache
 * that is behind what was read of the log, empty, or full of rubbish, has five seconds to get there.
 * @param books of the log up to `revision`; taken further when the cache is ahead
 * @param revision -1n for a concert that is not in the log
 */
export async function checkStock(
  { store, stock, stockPatienceMs: patienceMs = defaultPatienceMs }: StockCheckSources,
  concertId: string,
  books: LogBooks,
  revision: bigint,
): Promise<Finding> {
  if (stock === null) return notApplicable('I11', 'there is no Redis, by configuration');
  const cached = await lookUntil(stock, concertId, patienceMs, (found) => isThere(found, revision));
  if (typeof cached === 'string') return unchecked('I11', cached);
  const tally = new Tally();
  const checked = cached.kind === 'stock' ? `revision ${cached.stock.revision}` : 'nothing cached';
  if (cached.kind === 'rubbish') tally.add(`the key of the concert holds rubbish: ${cached.problem}`);
  else if (cached.kind === 'nothing') {
    if (revision >= 0n) tally.add('the cache does not know the concert');
  } else if (revision < 0n) tally.add('the log knows nothing of this concert');
  else if (cached.stock.revision < revision) {
    tally.add(`the cache stays at revision ${cached.stock.revision}, the log is at ${revision}`);
  } else {
    const { remaining, revision: at } = cached.stock;
    const reached = await readOn(store, concertId, books, revision, at);
    if (reached < at) tally.add(`the cache is at revision ${at}, the log ends at ${reached}`);
    else if (remaining !== books.remaining) {
      tally.add(`revision ${reached}: ${remaining} left by the cache, ${books.remaining} by the log`);
    }
  }
  return tally.finding('I11', checked);
}

const isThere = (found: CachedStock, revision: bigint): boolean =>
  found.kind === 'stock' ? found.stock.revision >= revision : found.kind === 'nothing' && revision < 0n;

/** What the cache holds when that is as it should be, or after `patienceMs`; a text when Redis gives no answer. */
async function lookUntil(
  stock: NonNullable<StockCheckSources['stock']>,
  concertId: string,
  patienceMs: number,
  isRight: (found: CachedStock) => boolean,
): Promise<CachedStock | string> {
  const deadline = performance.now() + patienceMs;
  for (let failures = 0; ; ) {
    try {
      const found = await stock.look(concertId);
      if (isRight(found) || performance.now() >= deadline) return found;
    } catch (error) {
      failures += 1;
      if (failures >= mostFailures) {
        return `Redis gives no answer: ${messageOf(error)}`;
      }
    }
    await delay(pauseMs);
  }
}

async function readOn(
  store: Pick<EventStore, 'read'>,
  concertId: string,
  books: LogBooks,
  from: bigint,
  to: bigint,
): Promise<bigint> {
  let reached = from;
  if (to <= from) return reached;
  for await (const page of store.read(concertId, from + 1n, Number(to - from))) {
    for (const { revision, decoded } of page) {
      if (decoded.ok) books.add(decoded.event);
      reached = revision;
    }
  }
  return reached;
}
