import { OrderedSet } from 'immutable';
import { type Ended, fingerprintOf, type Place, Run } from './forgotten-run.js';

/** Number of ended purchases and holds that are kept; some are forgotten when an eighth more are there. */
const keptByDefault = 4_096;
/** Runs are merged up to this many places, because each look-up searches every run. */
const mostPerRun = 65_536;
/** The first revision that does not fit a run. */
const beyondRuns = 2n ** 32n;

/**
 * Tracks the cancelled purchases and the ended holds that a state still keeps, in the order in which they ended, and the
 * revisions of those it has forgotten, in twelve bytes each outside the heap. Immutable, and computed from the events alone: two
 * folds of one log forget the same.
 */
export class Forgotten {
  private constructor(
    /** When an eighth more than this are kept, that eighth is forgotten: few at a time, so that no append is delayed. */
    readonly limit: number,
    /** Ids of the kept ones, in the order in which they ended. */
    readonly kept: OrderedSet<string>,
    readonly runs: readonly Run[],
    readonly count: number,
    /** How many of these were holds. */
    readonly holds: number,
    /** Revision of the event at which some were last forgotten; -1n for never. */
    readonly changedAt: bigint,
  ) {}

  static nothing(limit = keptByDefault): Forgotten {
    return new Forgotten(limit, OrderedSet(), [], 0, 0, -1n);
  }

  static restored(
    limit: number,
    kept: readonly string[],
    runs: readonly Run[],
    holds: number,
    changedAt: bigint,
  ): Forgotten {
    return new Forgotten(limit, OrderedSet(kept), runs, countOf(runs), holds, changedAt);
  }

  /**
   * @param ids of a purchase that was cancelled, or of the holds that ended, at one event. Their order does not matter: a snapshot
   * has only the event of each.
   */
  ended(ids: readonly string[]): Forgotten {
    if (ids.length === 1) return this.#keeping(this.kept.add(ids[0] ?? ''));
    return this.#keeping(this.kept.union([...ids].sort()));
  }

  /** @param id of an ended hold that became a purchase after all */
  revived(id: string): Forgotten {
    return this.kept.has(id) ? this.#keeping(this.kept.delete(id)) : this;
  }

  /** The ids to forget now; none while there are few. */
  due(revision: bigint): readonly string[] {
    const tooMany = this.kept.size - this.limit;
    return tooMany < this.#atOnce || revision >= beyondRuns ? [] : this.kept.take(tooMany).toArray();
  }

  /** Whether so many that end at one event are too many to be kept at all: keeping one costs as much as all the rest of it. */
  isCrowd(count: number, revision: bigint): boolean {
    return count > Math.max(1, Math.floor(this.limit / 64)) && revision < beyondRuns;
  }

  /** @param forgotten those that were due at the event of `revision` */
  without(forgotten: readonly Ended[], revision: bigint): Forgotten {
    const kept = this.kept.withMutations((kept) => {
      for (const { id } of forgotten) kept.delete(id);
    });
    return this.#keeping(kept).withCrowd(forgotten, revision);
  }

  /** @param forgotten a crowd that ended at the event of `revision` and is not kept */
  withCrowd(forgotten: readonly Ended[], revision: bigint): Forgotten {
    const runs = merged([...this.runs, Run.of(forgotten)]);
    const holds = this.holds + forgotten.filter(({ isHold }) => isHold).length;
    return new Forgotten(this.limit, this.kept, runs, this.count + forgotten.length, holds, revision);
  }

  get #atOnce(): number {
    return Math.max(1, Math.floor(this.limit / 8));
  }

  #keeping(kept: OrderedSet<string>): Forgotten {
    return new Forgotten(this.limit, kept, this.runs, this.count, this.holds, this.changedAt);
  }

  /** The revisions of a purchase or hold, if it was forgotten. None: it was not forgotten. Rarely, revisions of another one. */
  placesOf(id: string): readonly Place[] {
    if (this.count === 0) return [];
    const fingerprint = fingerprintOf(id);
    return this.runs.flatMap((run) => run.placesOf(fingerprint));
  }

  /** A value for comparison: equal for equal contents. */
  toJSON(): unknown {
    const { limit, count, holds, changedAt, kept } = this;
    return [limit, count, holds, String(changedAt), kept, this.runs.map((run) => run.toText())];
  }
}

const countOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.size, 0);

function merged(runs: readonly Run[]): readonly Run[] {
  const [before, last] = runs.slice(-2);
  if (before === undefined || last === undefined) return runs;
  if (before.size >= 2 * last.size || before.size + last.size > mostPerRun) return runs;
  return merged([...runs.slice(0, -2), before.mergedWith(last)]);
}
