import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, notApplicable, Tally } from '../domain/findings.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Stock, StockCache } from '../redis/stock-cache.js';
import type { ConcertTotals } from './expected/concert-totals.js';

const claim = 'the Redis stock cache equals capacity − live tickets, within 5 s';
const patienceMs = 5_000;
const pauseMs = 250;

export interface StockCheckSources {
  readonly store: Pick<EventStore, 'read'>;
  readonly stock: Pick<StockCache, 'get'>;
}

/**
 * I11. The cache says which revision it is of, and is held against the log at that very revision, so sales may go on. A cache
 * that is behind what was read of the log, or empty, has five seconds to get there.
 * @param totals of the log up to `revision`; taken further when the cache is ahead
 */
export async function checkStock(
  { store, stock }: StockCheckSources,
  concertId: string,
  totals: ConcertTotals,
  revision: bigint,
): Promise<Finding> {
  const tally = new Tally();
  const deadline = performance.now() + patienceMs;
  let cached: Stock | null;
  try {
    cached = await stock.get(concertId);
    while ((cached === null || cached.revision < revision) && performance.now() < deadline) {
      await delay(pauseMs);
      cached = await stock.get(concertId);
    }
  } catch (error) {
    return notApplicable(
      'I11',
      claim,
      `Redis gives no answer: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (cached === null) tally.add('the cache does not know the concert');
  else if (cached.revision < revision) {
    tally.add(`the cache stays at revision ${cached.revision}, the log is at ${revision}`);
  } else {
    const reached = await readOn(store, concertId, totals, revision, cached.revision);
    if (reached < cached.revision) {
      tally.add(`the cache is at revision ${cached.revision}, the log ends at ${reached}`);
    } else if (cached.remaining !== totals.remaining) {
      const { remaining } = totals;
      tally.add(`revision ${reached}: ${cached.remaining} left by the cache, ${remaining} by the log`);
    }
  }
  return tally.finding('I11', claim, cached === null ? 'nothing cached' : `revision ${cached.revision}`);
}

async function readOn(
  store: Pick<EventStore, 'read'>,
  concertId: string,
  totals: ConcertTotals,
  from: bigint,
  to: bigint,
): Promise<bigint> {
  let reached = from;
  if (to <= from) return reached;
  for await (const page of store.read(concertId, from + 1n, Number(to - from))) {
    for (const { revision, decoded } of page) {
      if (decoded.ok) totals.add(revision, decoded.event);
      reached = revision;
    }
  }
  return reached;
}
