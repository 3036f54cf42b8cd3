type Cell = string | number | bigint | boolean | null | readonly number[] | Readonly<Record<string, string>>;

/** The expected row: its columns as Postgres writes a JSON array of them. */
export const rowText = (...cells: readonly Cell[]): string => `[${cells.map(toText).join(', ')}]`;

export const millisecondsOf = (time: string | null): number | null =>
  time === null ? null : Date.parse(time);

function toText(cell: Cell): string {
  if (typeof cell === 'string') return JSON.stringify(cell);
  if (cell === null || typeof cell !== 'object') return String(cell);
  if (Array.isArray(cell)) return `[${cell.join(',')}]`;
  const members = Object.entries(cell).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{${members.join(', ')}}`;
}
