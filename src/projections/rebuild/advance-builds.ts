import type { Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Database } from '../../postgres/database.js';
import { applyBatch, isBefore, type Target } from '../apply/apply-batch.js';
import type { Batch } from '../apply/batching.js';
import { loadLedger } from '../apply/ledger/ledger.js';
import { PoisonEvent } from '../apply/poison.js';
import { furthestBack } from '../apply/targets.js';
import { buildSchemaOf } from './build-schemas.js';
import { type ChunkedLog, readAhead } from './read-ahead.js';

export interface AdvanceOptions {
  readonly database: Database;
  readonly store: ChunkedLog & Pick<EventStore, 'end'>;
  readonly onProgress?: (progress: RebuildProgress) => void;
  /** Events per transaction at most; as many again are read ahead. Default 5000. */
  readonly maxBatch?: number;
}

export interface RebuildProgress {
  /** Events applied since this call. */
  readonly events: number;
  /** Share of the log after this call's start, new events included, that is applied: from 0 to 1. */
  readonly share: number;
}

const defaultMaxBatch = 5_000;

/** Applies the log to new tables, as far as it is told, and reports how far it is. */
export class BuildAdvance {
  #events = 0;
  /** The position at which the first advance began. */
  #from: Position | null | undefined;

  constructor(
    private readonly options: AdvanceOptions,
    private readonly logId: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Events applied so far. */
  get events(): number {
    return this.#events;
  }

  /** Applies events up to `limit`, or to the end of the log as it is now. */
  async advance(targets: readonly Target[], limit: Position | 'end'): Promise<readonly Target[]> {
    const { database, store, maxBatch = defaultMaxBatch } = this.options;
    const { logId } = this;
    const schema = buildSchemaOf(database);
    const options = { onPoison: 'stop', logId, leaseEpoch: null, schema } as const;
    let current = targets;
    const isThere = () => limit !== 'end' && current.every(({ position }) => !isBefore(position, limit));
    if (isThere()) return current;
    const from = furthestBack([...targets, await loadLedger(database.kysely)]);
    this.#from ??= from;
    let after = from;
    const goal = limit === 'end' ? null : limit;
    for await (const batch of readAhead(store, from, goal, maxBatch, this.signal)) {
      const wanted = limit === 'end' ? upToLastEvent(batch) : upTo(batch, limit);
      current = await this.#apply(current, wanted, { ...options, after });
      after = wanted.position ?? after;
      this.#events += wanted.events.length;
      await this.#tell(after);
      if (isThere()) break;
    }
    return current;
  }

  /** The log keeps growing, so its end is looked up each time. */
  async #tell(position: Position | null): Promise<void> {
    const { store, onProgress } = this.options;
    if (onProgress === undefined) return;
    const share = shareOf(this.#from ?? null, position, await store.end());
    onProgress({ events: this.#events, share });
  }

  async #apply(
    targets: readonly Target[],
    batch: Batch,
    options: Parameters<typeof applyBatch>[3],
  ): Promise<readonly Target[]> {
    try {
      return await applyBatch(this.options.database.kysely, targets, batch, options);
    } catch (error) {
      if (error instanceof PoisonEvent) await this.#note(error);
      throw error;
    }
  }

  async #note({ projection, message }: PoisonEvent): Promise<void> {
    await this.options.database.kysely
      .updateTable('checkpoints')
      .set({ problem: message })
      .where('projection', '=', projection)
      .where('slot', '=', 'build')
      .execute();
  }
}

function shareOf(from: Position | null, position: Position | null, end: Position | null): number {
  const start = from?.commit ?? 0n;
  const [done, all] = [position, end].map((place) => Number((place?.commit ?? start) - start));
  return all === undefined || done === undefined || all <= 0 ? 1 : Math.min(1, done / all);
}

/**
 * A batch cut off after its last event: a live runner, whose subscription is older, may never see a position after that, so
 * waiting for it could be in vain.
 */
const upToLastEvent = (batch: Batch): Batch => ({
  ...batch,
  position: batch.events.at(-1)?.position ?? null,
});

/** The part of a batch before a limit. A batch that reaches the end of the log reaches the limit, which is in this log. */
function upTo(batch: Batch, limit: Position): Batch {
  const reaches = batch.caughtUp || (batch.position !== null && isBefore(limit, batch.position));
  if (!reaches) return batch;
  return {
    ...batch,
    events: batch.events.filter(({ position }) => !isBefore(limit, position)),
    position: limit,
  };
}
