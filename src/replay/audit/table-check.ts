import type { Finding } from '../../domain/audit/findings.js';
import type { Effect } from '../../domain/audit/log-model.js';
import { claimOf } from '../../domain/invariants.js';
import { comparePositions, formatPosition, type RecordedEvent } from '../../domain/log/recorded-event.js';
import type { ExpectedTable } from '../../projections/models/audited.js';
import { projectionNames } from '../../projections/models/index.js';
import {
  type AuditedName,
  auditedNamed,
  isOfThisVersion,
  type TableRows,
  type TableSnapshot,
  versionNeeded,
} from '../../projections/queries/audit-rows.js';
import { compareRows, describeDifference, type RowDifference } from './compare-rows.js';

const mostExamples = 5;

/**
 * Checks the read models for one concert: the tables as they were at one moment, each compared with the fold of exactly the events
 * that it had applied by then.
 */
export class TableCheck {
  readonly #folds: readonly { readonly snapshot: TableSnapshot; readonly expected: ExpectedTable }[];
  readonly #notes: string[] = [];

  constructor(
    concertId: string,
    private readonly snapshots: readonly TableSnapshot[],
  ) {
    this.#folds = snapshots.filter(isOfThisVersion).map((snapshot) => ({
      snapshot,
      expected: auditedNamed(snapshot.projection).expected(concertId),
    }));
    for (const name of projectionNames) {
      if (!snapshots.some(({ projection }) => projection === name)) {
        this.#notes.push(`${name} has no checkpoint, so the position of its table is unknown`);
      }
    }
    // Before what is only held back: what is skipped stays missing.
    for (const { projection, skipped } of snapshots) {
      for (const revision of skipped) {
        this.#notes.push(
          `${projection} skips revision ${revision}: undo it with \`parked unskip\`, then rebuild it`,
        );
      }
    }
    for (const { projection, version, parkedFrom } of snapshots) {
      const needed = versionNeeded(projection);
      if (version !== needed) {
        this.#notes.push(`${projection} is of version ${version}, this onsale needs ${needed}: rebuild it`);
      }
      if (parkedFrom !== null) {
        this.#notes.push(
          `${projection} is parked from revision ${parkedFrom.revision} on: ${parkedFrom.problem}`,
        );
      }
    }
  }

  /** @param effect the event's effect on the tickets, by the model of the log */
  add(recorded: RecordedEvent, effect: Effect): void {
    if (!recorded.decoded.ok) return;
    for (const { snapshot, expected } of this.#folds) {
      if (hasTaken(snapshot, recorded)) expected.add(recorded.revision, recorded.decoded.event, effect);
    }
  }

  /** @param tables the rows that each projection had at that moment */
  finish(tables: ReadonlyMap<AuditedName, TableRows>): {
    readonly finding: Finding;
    readonly differences: readonly RowDifference[];
  } {
    const differences: RowDifference[] = [];
    let [rows, count] = [0, this.#notes.length];
    for (const { snapshot, expected } of this.#folds) {
      const { projection } = snapshot;
      const actual = tables.get(projection) ?? [];
      const compared = compareRows(projection, actual, () => expected.rows());
      rows += compared.rows;
      count += compared.count;
      differences.push(...compared.differences);
    }
    const examples = [...this.#notes, ...differences.slice(0, mostExamples).map(describeDifference)];
    const finding: Finding = {
      invariant: 'I10',
      claim: claimOf('I10'),
      verdict: count === 0 ? 'pass' : 'violated',
      checked: `${rows} rows at ${this.#positions()}`,
      violations: count,
      examples: examples.slice(0, mostExamples),
    };
    return { finding, differences };
  }

  #positions(): string {
    const all = new Map(this.snapshots.map(({ projection, position }) => [projection, position]));
    const texts = [...all].map(([name, position]) => ({
      name,
      text: position === null ? 'the start' : formatPosition(position),
    }));
    const different = new Set(texts.map(({ text }) => text));
    if (different.size === 1) return `position ${[...different][0]}`;
    return texts.map(({ name, text }) => `${name} ${text}`).join(', ');
  }
}

function hasTaken({ position, parkedFrom, skipped }: TableSnapshot, event: RecordedEvent): boolean {
  if (event.position === null) {
    throw new Error(
      'this event store does not return the positions of events; audit needs EventStoreDB 23.10 or later',
    );
  }
  if (position === null || comparePositions(event.position, position) > 0) return false;
  if (parkedFrom !== null && event.revision >= parkedFrom.revision) return false;
  return !skipped.has(event.revision);
}
