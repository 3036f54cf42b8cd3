type Scalar = string | number | bigint | boolean | null;
type Cell = Scalar | readonly number[] | readonly string[] | Readonly<Record<string, string>>;

/** The expected row: its columns as Postgres writes a JSON array of them. */
export const rowText = (...cells: readonly Cell[]): string => `[${cells.map(toText).join(', ')}]`;

export const millisecondsOf = (time: string | null): number | null =>
  time === null ? null : Date.parse(time);

function toText(cell: Cell): string {
  if (typeof cell === 'string') return JSON.stringify(cell);
  if (cell === null || typeof cell !== 'object') return String(cell);
  if (isNumbers(cell)) return `[${cell.join(',')}]`;
  if (isTexts(cell)) return `[${cell.map((text) => JSON.stringify(text)).join(', ')}]`;
  const members = Object.entries(cell).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{${members.join(', ')}}`;
}

/** An array of Postgres; a JSON array has spaces between its elements. */
const isNumbers = (cell: object): cell is readonly number[] =>
  Array.isArray(cell) && cell.every((each) => typeof each === 'number');

const isTexts = (cell: object): cell is readonly string[] => Array.isArray(cell);
