/** The most concerts or entries that one call asks for. */
const mostPerCall = 500;

/** Splits the items for calls that each take a bounded number of them. */
export function* parts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += mostPerCall) yield items.slice(at, at + mostPerCall);
}
