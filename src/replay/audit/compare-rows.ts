import { isDeepStrictEqual } from 'node:util';
import {
  type AuditedName,
  auditedNamed,
  rowsPerBlock,
  type TableRows,
} from '../../projections/queries/audit-rows.js';

/** One row that differs from the log. */
export interface RowDifference {
  readonly projection: string;
  /** Identifies the row among those of the concert, as in `revision 12`. */
  readonly row: string;
  readonly kind: 'missing' | 'unexpected' | 'different';
  /** The columns that differ; none for a row that is missing or unexpected. */
  readonly columns: readonly {
    readonly name: string;
    readonly inTable: unknown;
    readonly byLog: unknown;
  }[];
}

export interface RowComparison {
  readonly rows: number;
  readonly count: number;
  /** The first differences. */
  readonly differences: readonly RowDifference[];
}

/** Differences kept per table; further ones are only counted. */
const mostKept = 100;

/** Compares every row of a table with the row that the log gives. */
export function compareRows(
  projection: AuditedName,
  actual: TableRows,
  expected: () => Iterable<string>,
): RowComparison {
  let [rows, equal, blocks] = [0, true, 0];
  for (const block of inBlocks(expected())) {
    rows += block.length;
    equal &&= block.join('\n') === actual[blocks];
    blocks += 1;
  }
  if (equal && blocks === actual.length) return { rows, count: 0, differences: [] };
  return { rows, ...compareEach(projection, actual, expected()) };
}

function* inBlocks(rows: Iterable<string>): Generator<readonly string[]> {
  let block: string[] = [];
  for (const row of rows) {
    block.push(row);
    if (block.length < rowsPerBlock) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

function compareEach(
  projection: AuditedName,
  actual: TableRows,
  expected: Iterable<string>,
): Omit<RowComparison, 'rows'> {
  const columns = auditedNamed(projection).columns.map(([name]) => name);
  const [keyName = ''] = columns;
  const differences: RowDifference[] = [];
  let count = 0;
  const add = (key: string, kind: RowDifference['kind'], columns: RowDifference['columns'] = []) => {
    count += 1;
    if (differences.length < mostKept)
      differences.push({ projection, row: `${keyName} ${key}`, kind, columns });
  };
  const unmatched = new Map<string, string>();
  for (const row of actual.flatMap((block) => block.split('\n'))) {
    const key = keyOf(row);
    if (unmatched.has(key)) add(key, 'unexpected');
    unmatched.set(key, row);
  }
  for (const row of expected) {
    const key = keyOf(row);
    const found = unmatched.get(key);
    unmatched.delete(key);
    if (found === row) continue;
    const differing = found === undefined ? [] : differingColumns(columns, found, row);
    if (found === undefined) add(key, 'missing');
    else if (differing.length > 0) add(key, 'different', differing);
  }
  for (const key of unmatched.keys()) add(key, 'unexpected');
  return { count, differences };
}

/** The first cell of a row: a number, an array of numbers, or a text without its quotes. */
function keyOf(row: string): string {
  const cell = /^\[(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^,\]]*)/.exec(row)?.[1] ?? '';
  return cell.startsWith('"') ? String(JSON.parse(cell)) : cell;
}

/** Two texts may differ although their values are equal. */
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

/** The row and its difference in words. */
export function describeDifference({ projection, row, kind, columns }: RowDifference): string {
  if (kind === 'missing') return `${projection}, ${row}: the row is missing`;
  if (kind === 'unexpected') return `${projection}, ${row}: the row is not in the log`;
  const each = columns.map(
    ({ name, inTable, byLog }) => `${name} is ${show(inTable)}, by the log ${show(byLog)}`,
  );
  return `${projection}, ${row}: ${each.join('; ')}`;
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'absent';
