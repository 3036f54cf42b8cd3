import { List } from 'immutable';
import { fingerprintOf, type Place, Run } from './forgotten-run.js';
import type { Purchase } from './purchase-state.js';

/** Number of cancelled purchases that are kept; some are forgotten at twice as many. */
const keptByDefault = 4_096;
/** Runs are merged up to this many places, because each look-up searches every run. */
const mostPerRun = 65_536;
/** The first revision that does not fit a run. */
const beyondRuns = 2n ** 32n;

/**
 * Tracks the cancelled purchases that a state still keeps, in order of cancellation, and the revisions of those it has
 * forgotten, in twelve bytes each outside the heap. Immutable, and computed from the events alone: two folds of one log forget
 * the same purchases.
 */
export class Forgotten {
  private constructor(
    /** When twice as many cancelled purchases are kept, this many are forgotten. */
    readonly limit: number,
    /** Ids of the kept cancelled purchases, the first cancelled first. */
    readonly held: List<string>,
    readonly runs: readonly Run[],
    readonly count: number,
    /** Revision of the event at which purchases were last forgotten; -1n for never. */
    readonly changedAt: bigint,
  ) {}

  static nothing(limit = keptByDefault): Forgotten {
    return new Forgotten(limit, List(), [], 0, -1n);
  }

  static restored(
    limit: number,
    held: readonly string[],
    runs: readonly Run[],
    changedAt: bigint,
  ): Forgotten {
    return new Forgotten(limit, List(held), runs, countOf(runs), changedAt);
  }

  cancelled(purchaseId: string): Forgotten {
    return new Forgotten(this.limit, this.held.push(purchaseId), this.runs, this.count, this.changedAt);
  }

  /** The purchases to forget now; none while there are few. */
  due(revision: bigint): readonly string[] {
    if (this.held.size < 2 * this.limit || revision >= beyondRuns) return [];
    return this.held.slice(0, this.limit).toArray();
  }

  /** @param purchases the due purchases, at the event of `revision` */
  without(purchases: readonly Purchase[], revision: bigint): Forgotten {
    const held = List(this.held.slice(this.limit));
    const runs = merged([...this.runs, Run.of(purchases)]);
    return new Forgotten(this.limit, held, runs, this.count + purchases.length, revision);
  }

  /** The revisions of a purchase, if it was forgotten. None: it was not forgotten. Rarely, revisions of another purchase. */
  placesOf(purchaseId: string): readonly Place[] {
    if (this.count === 0) return [];
    const fingerprint = fingerprintOf(purchaseId);
    return this.runs.flatMap((run) => run.placesOf(fingerprint));
  }

  /** A value for comparison: equal for equal contents. */
  toJSON(): unknown {
    return [this.limit, this.count, String(this.changedAt), this.held, this.runs.map((run) => run.toText())];
  }
}

const countOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.size, 0);

function merged(runs: readonly Run[]): readonly Run[] {
  const [before, last] = runs.slice(-2);
  if (before === undefined || last === undefined) return runs;
  if (before.size !== last.size || before.size + last.size > mostPerRun) return runs;
  return merged([...runs.slice(0, -2), before.mergedWith(last)]);
}
