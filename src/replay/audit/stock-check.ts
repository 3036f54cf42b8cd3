import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, notApplicable, Tally, unchecked } from '../../domain/audit/findings.js';
import type { LogModel } from '../../domain/audit/log-model.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { CachedStock, StockCache } from '../../redis/stock-cache.js';
import { messageOf } from '../../waiting/message-of.js';

const defaultPatienceMs = 5_000;
const pauseMs = 250;
/** Tries on a Redis that does not answer. An audit of everything asks it again for every concert. */
const mostFailures = 3;

export interface StockCheckSources {
  readonly store: Pick<EventStore, 'read'>;
  /** Null where the configuration says that there is no Redis. */
  readonly stock: Pick<StockCache, 'look'> | null;
  /** How long the cache may take to catch up, in ms. Default 5000. */
  readonly stockPatienceMs?: number;
}

/**
 * Checks the stock cache. The cache names its revision and is compared with the log at that revision, so sales may go on. A cache
 * that is older than the log that was read, empty or unreadable has five seconds to catch up.
 * @param model the model of the log up to `revision`; read on when the cache is newer
 * @param revision -1n for a concert that is not in the log
 */
export async function checkStock(
  { store, stock, stockPatienceMs: patienceMs = defaultPatienceMs }: StockCheckSources,
  concertId: string,
  model: LogModel,
  revision: bigint,
): Promise<Finding> {
  if (stock === null) return notApplicable('I11', 'there is no Redis, by configuration');
  const cached = await lookUntil(stock, concertId, patienceMs, (found) => isThere(found, revision));
  if (typeof cached === 'string') return unchecked('I11', cached);
  const tally = new Tally();
  const checked = cached.kind === 'stock' ? `revision ${cached.stock.revision}` : 'nothing cached';
  if (cached.kind === 'malformed')
    tally.add(`the key of the concert has a malformed value: ${cached.problem}`);
  else if (cached.kind === 'nothing') {
    if (revision >= 0n) tally.add('the cache does not know the concert');
  } else if (revision < 0n) tally.add('the concert is not in the log');
  else if (cached.stock.revision < revision) {
    tally.add(`the cache stays at revision ${cached.stock.revision}, the log is at ${revision}`);
  } else {
    const { remaining, held, revision: at } = cached.stock;
    const reached = await readOn(store, concertId, model, revision, at);
    if (reached < at) tally.add(`the cache is at revision ${at}, the log ends at ${reached}`);
    else if (remaining !== model.remaining) {
      tally.add(`revision ${reached}: ${remaining} left by the cache, ${model.remaining} by the log`);
    } else if (held !== model.onHold.total) {
      tally.add(`revision ${reached}: ${held} on hold by the cache, ${model.onHold.total} by the log`);
    }
  }
  return tally.finding('I11', checked);
}

const isThere = (found: CachedStock, revision: bigint): boolean =>
  found.kind === 'stock' ? found.stock.revision >= revision : found.kind === 'nothing' && revision < 0n;

/** The cached stock, as soon as it is right or after `patienceMs`; a text, the reason, when Redis does not answer. */
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
  model: LogModel,
  from: bigint,
  to: bigint,
): Promise<bigint> {
  let reached = from;
  if (to <= from) return reached;
  for await (const page of store.read(concertId, from + 1n, Number(to - from))) {
    for (const { revision, decoded } of page) {
      if (decoded.ok) model.add(decoded.event);
      reached = revision;
    }
  }
  return reached;
}
