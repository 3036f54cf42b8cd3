import type { Position } from '../event-store/recorded-event.js';
import { applyBatch, isBefore, type Target } from './apply.js';
import { indexBuilds, prepareBuilds, prepareInPlace } from './build-tables.js';
import { loadCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import type { Batch } from './intake.js';
import { change } from './operations.js';
import { PoisonEvent } from './poison.js';
import type { ProjectionName } from './projection.js';
import { type ChunkedLog, readAhead } from './read-ahead.js';
import { takeSessionLock } from './session-lock.js';
import { buildSchemaOf, swapIn } from './swap.js';
import type { Slot } from './tables.js';
import { furthestBack, furthestOf } from './targets.js';
import type { Difference } from './verify.js';

export interface RebuildOptions {
  readonly database: Database;
  readonly store: ChunkedLog;
  /** All of them are built in one pass over the log. */
  readonly names: readonly ProjectionName[];
  /** Empties the live tables and fills them again, instead of building new ones beside them. */
  readonly inPlace?: boolean;
  /** Swaps new tables in also when they differ from the old ones at the same position of the log. */
  readonly acceptDifferences?: boolean;
  readonly onProgress?: (progress: RebuildProgress) => void;
  /** Aborting leaves the rebuild where it is; the same call goes on from there. */
  readonly signal?: AbortSignal;
  /** Events per transaction at most; as many again are read ahead. Default 5000. */
  readonly maxBatch?: number;
}

export interface RebuildProgress {
  /** Events taken since this call. */
  readonly events: number;
  readonly position: Position | null;
  /** Where the log ends for now; null when that is not known. */
  readonly goal: Position | null;
}

export interface RebuildResult {
  /**
   * - done: the new tables are live
   * - different: nothing was swapped, the new tables are kept; call again to compare again or to accept
   * - interrupted: by the caller's signal, or because Postgres cut the connection that holds the lock
   * - busy: another process is rebuilding
   */
  readonly kind: 'done' | 'different' | 'interrupted' | 'busy';
  /** Events taken in by this call. */
  readonly events: number;
  /** Between the old and the new tables, where both were at the same position of the log. */
  readonly differences: readonly Difference[];
}

const defaultMaxBatch = 5_000;
/** Postgres may need a moment to notice that the process of an earlier rebuild is gone, in ms. */
const lockPatienceMs = 2_000;

/**
 * Makes read models anew from the log. New tables are filled beside the live ones, compared with them at the same position,
 * and swapped in, all in one transaction, while sales, reads and projecting go on; the old ones are kept until
 * `dropReplaced`. Killed at any moment, the same call goes on where it was.
 * @throws {PoisonEvent} at an event that a projection cannot take; the problem is noted for `projectionStatus`
 * @throws {EventStoreUnavailable}
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildResult> {
  const { database, signal = new AbortController().signal } = options;
  const patience = AbortSignal.timeout(lockPatienceMs);
  const lock = await takeSessionLock(database.url, `onsale/rebuild/${database.schema}`, patience);
  if (lock === null) return { kind: 'busy', events: 0, differences: [] };
  try {
    const run = new Rebuild(options, AbortSignal.any([signal, lock.lost]));
    return await (options.inPlace === true ? run.inPlace() : run.beside());
  } finally {
    await lock.release();
  }
}

class Rebuild {
  #events = 0;

  constructor(
    private readonly options: RebuildOptions,
    private readonly signal: AbortSignal,
  ) {}

  async beside(): Promise<RebuildResult> {
    const { database, names, acceptDifferences = false } = this.options;
    const schema = buildSchemaOf(database);
    let builds = await prepareBuilds(database, names);
    builds = await this.#advance(builds, await this.#livePosition(), schema);
    if (this.signal.aborted) return this.#interrupted();
    await indexBuilds(database, names);
    const swap = await swapIn(database, names, acceptDifferences, async (limit) => {
      builds = await this.#advance(builds, limit, schema);
      return this.signal.aborted ? null : builds;
    });
    if (swap === null) return this.#interrupted();
    const kind = swap.swapped ? 'done' : 'different';
    return { kind, events: this.#events, differences: swap.differences };
  }

  async inPlace(): Promise<RebuildResult> {
    const { database, names } = this.options;
    await this.#advance(await prepareInPlace(database, names), 'end');
    if (this.signal.aborted) return this.#interrupted();
    for (const name of names) await change(database.kysely, name, { state: 'active' });
    return { kind: 'done', events: this.#events, differences: [] };
  }

  /** Takes events in up to `limit`, or to the end of the log as it is now. */
  async #advance(
    targets: readonly Target[],
    limit: Position | null | 'end',
    schema?: string,
  ): Promise<readonly Target[]> {
    const { store, onProgress, maxBatch = defaultMaxBatch } = this.options;
    if (limit === null) return targets;
    const onPoison = 'stop';
    const options = schema === undefined ? ({ onPoison } as const) : ({ onPoison, schema } as const);
    let current = targets;
    const isThere = () => limit !== 'end' && current.every(({ position }) => !isBefore(position, limit));
    if (isThere()) return current;
    const from = furthestBack(targets);
    const goal = limit === 'end' ? null : limit;
    for await (const batch of readAhead(store, from, goal, maxBatch, this.signal)) {
      const wanted = limit === 'end' ? batch : upTo(batch, limit);
      current = await this.#apply(current, wanted, options);
      this.#events += wanted.events.length;
      onProgress?.({ events: this.#events, position: wanted.position, goal });
      if (isThere()) break;
    }
    return current;
  }

  async #apply(
    targets: readonly Target[],
    batch: Batch,
    options: Parameters<typeof applyBatch>[3],
  ): Promise<readonly Target[]> {
    try {
      return await applyBatch(this.options.database.kysely, targets, batch, options);
    } catch (error) {
      if (error instanceof PoisonEvent) await this.#note(error, targets[0]?.slot ?? 'build');
      throw error;
    }
  }

  async #note({ projection, message }: PoisonEvent, slot: Slot): Promise<void> {
    await this.options.database.kysely
      .updateTable('checkpoints')
      .set({ problem: message })
      .where('projection', '=', projection)
      .where('slot', '=', slot)
      .execute();
  }

  async #livePosition(): Promise<Position | null> {
    const { database, names } = this.options;
    const checkpoints = await loadCheckpoints(database.kysely);
    const live = checkpoints.filter(({ slot, projection }) => slot === 'live' && names.includes(projection));
    return furthestOf(live.map(({ position }) => position));
  }

  #interrupted(): RebuildResult {
    return { kind: 'interrupted', events: this.#events, differences: [] };
  }
}

/** What of a batch lies before a limit. A batch that says the log has ended reaches the limit. */
function upTo(batch: Batch, limit: Position): Batch {
  const reaches = batch.caughtUp || (batch.position !== null && isBefore(limit, batch.position));
  if (!reaches) return batch;
  return {
    ...batch,
    events: batch.events.filter(({ position }) => !isBefore(limit, position)),
    position: limit,
  };
}
