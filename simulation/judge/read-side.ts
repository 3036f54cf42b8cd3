import type { ReadSideLook } from '../sale/history.js';
import type { CachedStock } from '../world/redis-server.js';
import { modelOf, type Violation } from './model-of.js';

/**
 * I10 and I11 after all is well again: every table has the events of the log, each once and in order, and Redis has the stock of
 * the log. After a log was restored from a backup, tables may instead be known to be of another log, and the cache be empty.
 */
export function readSideWrong({ when, concerts, tables, problem }: ReadSideLook): readonly Violation[] {
  const found: Violation[] = [];
  const wrong = (invariant: string, what: string) => found.push({ invariant, what: `${when}: ${what}` });
  const isRestored = when === 'after the log was restored';
  const isKnown = (projection: string) =>
    isRestored && tables.some((each) => each.projection === projection && each.foreignLog !== null);
  for (const { projection, events } of tables) {
    if (isKnown(projection)) continue;
    for (const { concertId, log } of concerts) {
      const [have, want] = [events.get(concertId) ?? [], log.map(({ id }) => id)];
      const differs = want.findIndex((id, i) => have[i] !== id);
      if (differs >= 0 || have.length !== want.length)
        wrong(
          'I10',
          `${projection} has ${have.length} events of ${want.length}, and other ones from ${differs} on`,
        );
    }
  }
  for (const { log, cached, stock } of concerts) {
    const model = modelOf([log]);
    const expected: CachedStock = {
      ...{ remaining: model.left.at(-1) ?? 0, held: model.heldAt.at(-1) ?? 0 },
      revision: BigInt(log.length - 1),
    };
    const isRight = (found: CachedStock | null) =>
      found?.remaining === expected.remaining &&
      found.held === expected.held &&
      found.revision === expected.revision;
    if (!isKnown('stock') && !isRight(stock))
      wrong('I10', `stock is ${words(stock)}, not ${words(expected)}`);
    if (!isRight(cached) && !(cached === null && isKnown('stock')))
      wrong('I11', `Redis has ${words(cached)}, not ${words(expected)}`);
  }
  if (problem !== null) wrong('live', `projecting has a problem: ${problem}`);
  return found;
}

const words = (stock: CachedStock | null): string =>
  stock === null ? 'nothing' : `${stock.remaining} left and ${stock.held} held at revision ${stock.revision}`;
