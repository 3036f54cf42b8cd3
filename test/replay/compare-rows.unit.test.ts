import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../fuzz/any-text.js';
import { rowText } from '../../src/projections/models/expected/row.js';
import { rowsPerBlock } from '../../src/projections/queries/audit-rows.js';
import { compareRows, describeDifference } from '../../src/replay/audit/compare-rows.js';

/** Rows of `stock`, by concert. */
type Rows = ReadonlyMap<string, number>;

const rowsOf = (rows: Rows): string[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sold]) => rowText(id, 100, sold, 7n));

function inBlocks(rows: readonly string[]): string[] {
  const blocks: string[] = [];
  for (let i = 0; i < rows.length; i += rowsPerBlock) blocks.push(rows.slice(i, i + rowsPerBlock).join('\n'));
  return blocks;
}

const compare = (table: readonly string[], log: readonly string[]) =>
  compareRows('stock', inBlocks(table), () => log);

const many = new Map(Array.from({ length: 2 * rowsPerBlock + 1 }, (_, i) => [`c${i}`, i]));

test('equal rows of several blocks have no difference', () => {
  expect(compare(rowsOf(many), rowsOf(many))).toEqual({ rows: many.size, count: 0, differences: [] });
});

test.each([
  ['one row of the second block', new Map(many).set('c7000', -1), 'c7000: sold is -1, by the log 7000'],
  ['an extra row', new Map(many).set('ghost', 0), 'ghost: the row is not in the log'],
])('%s is found among several blocks', (_, table, words) => {
  const { count, differences } = compare(rowsOf(table), rowsOf(many));
  expect(count).toBe(1);
  expect(differences.map(describeDifference)).toEqual([`stock, concert_id ${words}`]);
});

test('the order of the rows, and the format of Postgres, make no difference', () => {
  const table = rowsOf(many)
    .reverse()
    .map((row) => row.replaceAll(', ', ' , '));
  expect(compare(table, rowsOf(many)).count).toBe(0);
});

const cell = fc.oneof(anyText(), fc.constantFrom('"', '\\', '\n', ',', ']', '"]'));
const anyRows = fc
  .array(fc.tuple(cell, fc.nat(2)), { maxLength: 12 })
  .map((entries): Rows => new Map(entries));

test('the differences are those of a comparison key by key, whatever the texts', () => {
  fc.assert(
    fc.property(anyRows, anyRows, (table, log) => {
      const expected = [...new Set([...table.keys(), ...log.keys()])].flatMap((key) => {
        if (!table.has(key)) return [`${key} missing`];
        if (!log.has(key)) return [`${key} unexpected`];
        return table.get(key) === log.get(key) ? [] : [`${key} different`];
      });
      const { rows, count, differences } = compare(rowsOf(table), rowsOf(log));
      const found = differences.map(({ row, kind }) => `${row.slice('concert_id '.length)} ${kind}`);
      expect({ rows, count, found: found.sort() }).toEqual({
        rows: log.size,
        count: expected.length,
        found: expected.sort(),
      });
    }),
    { numRuns: 200 },
  );
});
