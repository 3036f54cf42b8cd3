import type { CancellationCall, PurchaseCall } from './history-lines.js';
import type { SaleRecord } from './sale-record.js';

/** A revision that a client was told of at a time, or asked for first. */
export interface RevisionAt {
  readonly at: number;
  readonly revision: number;
}

/** What calls of other kinds than purchases and cancellations say of revisions. */
export interface OtherCalls {
  readonly acknowledged: Iterable<RevisionAt>;
  readonly asked: Iterable<RevisionAt>;
}

/**
 * When revisions must have been in the log, and when they cannot have been, by the clock of the clients: what was acknowledged was
 * there, and what nobody had asked for was not. Lookups take the time of a binary search.
 */
export class RealTime {
  readonly #acknowledgedAt: number[] = [];
  readonly #highest: number[] = [];
  readonly #askedAt: number[] = [];
  readonly #lowest: number[] = [];

  constructor(
    record: SaleRecord,
    calls: readonly (PurchaseCall | CancellationCall)[],
    others: OtherCalls,
    firstSent: ReadonlyMap<string, number>,
  ) {
    const acknowledged = calls.flatMap(({ endedAt, answer }) =>
      'revision' in answer ? [{ at: endedAt, revision: answer.revision }] : [],
    );
    for (const other of others.acknowledged) acknowledged.push(other);
    let highest = -1;
    for (const { at, revision } of acknowledged.sort((a, b) => a.at - b.at)) {
      highest = Math.max(highest, revision);
      this.#acknowledgedAt.push(at);
      this.#highest.push(highest);
    }
    const asked = [...record.purchases.values()].flatMap(({ key, first }) => {
      const at = firstSent.get(key);
      return at === undefined ? [] : [{ at, revision: first }];
    });
    for (const other of others.asked) asked.push(other);
    asked.sort((a, b) => b.at - a.at);
    let lowest = Number.POSITIVE_INFINITY;
    for (const { at, revision } of asked) {
      lowest = Math.min(lowest, revision);
      this.#askedAt.push(-at);
      this.#lowest.push(lowest);
    }
    this.#end = record.revision;
  }

  readonly #end: number;

  /** The highest revision that was acknowledged before `at`; -1 for none. */
  acknowledgedBefore(at: number): number {
    return this.#highest[below(this.#acknowledgedAt, at) - 1] ?? -1;
  }

  /** The highest revision that can have been in the log at `at`. */
  possibleAt(at: number): number {
    const lowest = this.#lowest[below(this.#askedAt, -at) - 1];
    return lowest === undefined ? this.#end : Math.min(this.#end, lowest - 1);
  }
}

/** How many of the numbers, in ascending order, are below `limit`. */
function below(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
