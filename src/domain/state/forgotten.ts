import { List } from 'immutable';
import { fingerprintOf, type Place, Run } from './forgotten-run.js';
import type { Purchase } from './purchase-state.js';

/** Cancelled purchases that are kept before some are forgotten, twice as many at most. */
const keptByDefault = 4_096;
/** Runs are merged up to this many places: each look-up looks into every run. */
const mostPerRun = 65_536;
/** Revisions from here on do not fit a run. */
const beyondRuns = 2n ** 32n;

/**
 * Which cancelled purchases a state still holds, in the order of their cancellations, and where in the log those are that it
 * does not hold any more. Twelve bytes remain of each, outside the heap. Immutable, and made from the events alone: two folds of
 * one log forget the same.
 */
export class Forgotten {
  private constructor(
    /** When twice as many cancelled purchases are held, this many are forgotten. */
    readonly limit: number,
    /** Ids of the cancelled purchases that are held, the first cancelled first. */
    readonly held: List<string>,
    readonly runs: readonly Run[],
    readonly count: number,
    /** Revision of the event at which something was forgotten last; -1n for never. */
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

  /** @param purchases those that were due, at the event of `revision` */
  without(purchases: readonly Purchase[], revision: bigint): Forgotten {
    const held = List(this.held.slice(this.limit));
    const runs = merged([...this.runs, Run.of(purchases)]);
    return new Forgotten(this.limit, held, runs, this.count + purchases.length, revision);
  }

  /** Where a purchase would be if it was forgotten. No places: it was not. The other way round it may also be a mistake, rarely. */
  placesOf(purchaseId: string): readonly Place[] {
    if (this.count === 0) return [];
    const fingerprint = fingerprintOf(purchaseId);
    return this.runs.flatMap((run) => run.placesOf(fingerprint));
  }

  /** What makes two of them differ, for a comparison. */
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
