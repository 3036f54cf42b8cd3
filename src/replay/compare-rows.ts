import { isDeepStrictEqual } from 'node:util';
import type { ProjectionName } from '../projections/projection.js';
import { auditedColumns, type TableRows } from '../projections/table-snapshot.js';
import type { ExpectedRow } from './expected/row.js';

/** One row that is not as the log says. */
export interface RowDifference {
  readonly projection: string;
  /** What tells the row from others of the same concert, as in `revision 12`. */
  readonly row: string;
  readonly kind: 'missing' | 'unexpected' | 'different';
  /** Only the columns that differ; none for a row that is missing or unexpected. */
  readonly columns: readonly {
    readonly name: string;
    readonly inTable: unknown;
    readonly byLog: unknown;
  }[];
}

export interface RowComparison {
  readonly rows: number;
  readonly count: number;
  /** The first of them. */
  readonly differences: readonly RowDifference[];
}

/** Differences kept per table; more are counted only. */
const mostKept = 100;

/** Holds every row of a table against what the log says it must be. */
export function compareRows(
  projection: ProjectionName,
  actual: TableRows,
  expected: () => Iterable<ExpectedRow>,
): RowComparison {
  const columns = auditedColumns(projection);
  const [keyName = ''] = columns;
  const differences: RowDifference[] = [];
  let [rows, count, matched] = [0, 0, 0];
  const add = (key: string, kind: RowDifference['kind'], columns: RowDifference['columns'] = []) => {
    count += 1;
    if (differences.length < mostKept)
      differences.push({ projection, row: `${keyName} ${key}`, kind, columns });
  };
  for (const { key, row } of expected()) {
    rows += 1;
    const found = actual.get(key);
    if (found === undefined) {
      add(key, 'missing');
      continue;
    }
    matched += 1;
    if (found === row) continue;
    const differing = differingColumns(columns, found, row);
    if (differing.length > 0) add(key, 'different', differing);
  }
  if (matched < actual.size) {
    const keys = new Set<string>();
    for (const { key } of expected()) keys.add(key);
    for (const key of actual.keys()) if (!keys.has(key)) add(key, 'unexpected');
  }
  return { rows, count, differences };
}

/** The texts may differ where the values do not. */
function differingColumns(
  names: readonly string[],
  inTable: string,
  byLog: string,
): RowDifference['columns'] {
  const [actual, expected] = [JSON.parse(inTable) as unknown[], JSON.parse(byLog) as unknown[]];
  return names.flatMap((name, i) =>
    isDeepStrictEqual(actual[i], expected[i]) ? [] : [{ name, inTable: actual[i], byLog: expected[i] }],
  );
}

/** In words: which row it is, and how it differs. */
export function describeDifference({ projection, row, kind, columns }: RowDifference): string {
  if (kind === 'missing') return `${projection}, ${row}: the row is missing`;
  if (kind === 'unexpected') return `${projection}, ${row}: the log knows nothing of this row`;
  const each = columns.map(
    ({ name, inTable, byLog }) => `${name} is ${show(inTable)}, by the log ${show(byLog)}`,
  );
  return `${projection}, ${row}: ${each.join('; ')}`;
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'absent';
