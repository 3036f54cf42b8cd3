import type { Effect } from '../../domain/audit/log-model.js';
import type { ConcertEvent } from '../../domain/events/events.js';

/** The part of a read model that an audit compares: the rows of its first table with those that the log gives. */
export interface Audited {
  /**
   * The columns, the key first: every column of the table, except the concert's id where the key does without. Rows are
   * compared in the order of the key.
   */
  readonly columns: readonly AuditedColumn[];
  /** A fold of one concert's log that shares no code with `apply`, so that a mistake there cannot hide in the check. */
  expected(concertId: string): ExpectedTable;
}

/** A column's name and the SQL of its value. */
export type AuditedColumn = readonly [name: string, value: string];

/** Computes the expected rows of one concert in a read model, one event at a time. */
export interface ExpectedTable {
  /** @param effect the event's effect on the tickets, by the model of the log */
  add(revision: bigint, event: ConcertEvent, effect: Effect): void;
  /** The rows in the order of the key, each as Postgres writes a JSON array of its columns. */
  rows(): Iterable<string>;
}

/** Columns whose values are compared as they are. */
export const same = (...names: readonly string[]): readonly AuditedColumn[] =>
  names.map((name) => [name, name]);

/** Columns of times: milliseconds since 1970. */
export const times = (...names: readonly string[]): readonly AuditedColumn[] =>
  names.map((name) => [name, `(extract(epoch from ${name}) * 1000)::bigint`]);
