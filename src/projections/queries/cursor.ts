/** Part of a list. */
export interface PageRequest {
  /** How many items at most. */
  readonly limit: number;
  /** The cursor of the page before; null for the first page. */
  readonly cursor: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page, null on the last. */
  readonly next: string | null;
}

/** The cursor was not made by the list that it was sent to. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

/** The sort key of the last item of a page, as opaque text. */
const encodeCursor = (key: readonly string[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

/**
 * @param parts types of the key's parts
 * @throws {InvalidCursor}
 */
export function decodeCursor(
  cursor: string,
  parts: readonly ((part: string) => boolean)[],
): readonly string[] {
  const key = parse(cursor);
  const fits =
    Array.isArray(key) &&
    key.length === parts.length &&
    key.every((part, i): part is string => typeof part === 'string' && parts[i]?.(part) === true);
  if (!fits) throw new InvalidCursor('the cursor does not belong to this list');
  return key;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}

/** Types of a key's parts. */
export const keyPart = {
  time(part: string): boolean {
    const parsed = new Date(part);
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === part;
  },
  integer: (part: string): boolean => /^\d{1,18}$/.test(part),
  id: (part: string): boolean => !part.includes('\0'),
};

/** A page from `limit + 1` rows: the extra row only shows that there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly string[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), next: more ? encodeCursor(keyOf(last)) : null };
}
