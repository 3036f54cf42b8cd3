import type { Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import { rebuildLock, takeSessionLock } from '../../postgres/advisory-lock.js';
import { leaseStatus } from '../../postgres/lease.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { pause } from '../../waiting/sleep.js';
import { isBefore, type Target } from '../apply/apply-batch.js';
import { refuseDependents } from '../apply/attachments.js';
import { type Checkpoint, loadCheckpoints } from '../apply/checkpoints.js';
import { ledgerIn, resetForeignLedger } from '../apply/ledger/ledger.js';
import { type IdentifiedLog, LogCheck } from '../apply/log-check.js';
import { projectionNamed } from '../models/index.js';
import { type AdvanceOptions, BuildAdvance } from './advance-builds.js';
import { indexBuilds, prepareBuilds } from './build-tables.js';
import { compareStanding, type Uncompared } from './compare-builds.js';
import type { Difference } from './compare-tables.js';
import { swapIn } from './swap.js';

export interface RebuildOptions extends AdvanceOptions {
  readonly store: AdvanceOptions['store'] & IdentifiedLog & Pick<EventStore, 'identify'>;
  /** One pass over the log builds all of them. */
  readonly names: readonly ProjectionName[];
  /** Swaps new tables in even if they differ from the old ones at the same position of the log. */
  readonly acceptDifferences?: boolean;
  /** Aborting interrupts the rebuild; the same call continues from there. */
  readonly signal?: AbortSignal;
}

export interface RebuildResult {
  /**
   * - done: the new tables are live
   * - different: nothing was swapped, the new tables are kept; call again to compare again or to accept
   * - interrupted: by the caller's signal, or because Postgres closed the connection that holds the lock
   * - busy: another process is rebuilding
   */
  readonly kind: 'done' | 'different' | 'interrupted' | 'busy';
  /** Events applied by this call. */
  readonly events: number;
  /** Between the old and the new tables, where both were at the same position of the log. */
  readonly differences: readonly Difference[];
  /** Projections whose new tables were not compared, and why. */
  readonly uncompared: readonly Uncompared[];
  /** Projections whose old tables were built from another log. */
  readonly foreign: readonly ProjectionName[];
}

/** Time that Postgres may need to notice that the process of an earlier rebuild is gone, in ms. */
const lockPatienceMs = 2_000;
/** Time that the live runner may take to reach the new tables' position, in ms; after that they are not compared. */
const liveMs = 10_000;
const lookEveryMs = 50;

/**
 * Rebuilds read models from the whole log. New tables are filled beside the live ones, compared with them at the same position,
 * and swapped in, all in one transaction, while sales, reads and projecting go on; the old ones are kept until `dropReplaced`.
 * Killed at any moment, the same call continues where it was.
 * @throws {PoisonEvent} at an event that a projection cannot apply; the problem is noted for `projectionStatus`
 * @throws {RebuildRefused} when an object or session is in the way; the message names it
 * @throws {EventStoreUnavailable}
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildResult> {
  const { database, signal = new AbortController().signal } = options;
  const patience = AbortSignal.timeout(lockPatienceMs);
  const lock = await takeSessionLock(database.url, rebuildLock(database), patience);
  if (lock === null) return { kind: 'busy', events: 0, differences: [], uncompared: [], foreign: [] };
  try {
    const logId = await options.store.identify();
    const log = await LogCheck.of(options.store);
    await resetForeignLedger(ledgerIn(database.kysely), log);
    const run = new Rebuild(options, { logId, log }, AbortSignal.any([signal, lock.lost]));
    return await run.run();
  } finally {
    await lock.release();
  }
}

class Rebuild {
  readonly #builds: BuildAdvance;
  #foreign: ReadonlySet<ProjectionName> = new Set();

  constructor(
    private readonly options: RebuildOptions,
    private readonly origin: { readonly logId: string; readonly log: LogCheck },
    private readonly signal: AbortSignal,
  ) {
    this.#builds = new BuildAdvance(options, origin.logId, signal);
  }

  async run(): Promise<RebuildResult> {
    const { database, names, acceptDifferences = false } = this.options;
    await refuseDependents(
      database.kysely,
      database.schema,
      names.flatMap((name) => projectionNamed(name).tables),
    );
    let builds = await prepareBuilds(database, names, this.origin.log);
    const bringTo = async (limit: Position | 'end') => {
      builds = await this.#builds.advance(builds, limit);
      return this.signal.aborted ? null : builds;
    };
    const standing = await compareStanding(database, await this.#standing(), bringTo);
    if (standing === null) return this.#result('interrupted');
    if (standing.length > 0 && !acceptDifferences) return this.#result('different', standing);
    if ((await bringTo('end')) === null) return this.#result('interrupted');
    await indexBuilds(database, names);
    await this.#liveReach(builds);
    const swap = await swapIn(database, names, acceptDifferences, this.#foreign, bringTo);
    if (swap === null) return this.#result('interrupted');
    const differences = [...standing, ...swap.differences];
    const uncompared = swap.uncompared.filter(
      ({ projection }) => !differences.some((each) => each.projection === projection),
    );
    return this.#result(swap.swapped ? 'done' : 'different', differences, uncompared);
  }

  /** Old tables that no runner projects into now. */
  async #standing(): Promise<readonly Checkpoint[]> {
    const live = await this.#live();
    const { freeForMs } = await leaseStatus(this.options.database.kysely);
    return live.filter(
      ({ projection, state }) => !this.#foreign.has(projection) && (state === 'paused' || freeForMs > 0),
    );
  }

  async #live(): Promise<readonly Checkpoint[]> {
    const { database, names } = this.options;
    const live = (await loadCheckpoints(database.kysely)).filter(
      ({ slot, projection }) => slot === 'live' && names.includes(projection),
    );
    const checked = await Promise.all(
      live.map(async (each) => ({ each, problem: await this.origin.log.whyForeign(each) })),
    );
    this.#foreign = new Set(
      checked.filter(({ problem }) => problem !== null).map(({ each: { projection } }) => projection),
    );
    return live;
  }

  /** Waits shortly for the live runner to reach the new tables' position, so that they can be compared. */
  async #liveReach(builds: readonly Target[]): Promise<void> {
    const { kysely } = this.options.database;
    const deadline = performance.now() + liveMs;
    while (!this.signal.aborted && performance.now() < deadline) {
      const standing = new Set((await this.#standing()).map(({ projection }) => projection));
      const live = await loadCheckpoints(kysely);
      const isAhead = builds.some(({ projection: { name, version }, position }) => {
        const old = live.find((each) => each.slot === 'live' && each.projection === name);
        if (old?.state !== 'active' || old.version !== version) return false;
        if (standing.has(name) || this.#foreign.has(name) || position === null) return false;
        return isBefore(old.position, position);
      });
      if (!isAhead) return;
      await pause(lookEveryMs, this.signal);
    }
  }

  #result(
    kind: RebuildResult['kind'],
    differences: readonly Difference[] = [],
    uncompared: readonly Uncompared[] = [],
  ): RebuildResult {
    return { kind, events: this.#builds.events, differences, uncompared, foreign: [...this.#foreign] };
  }
}
