import type { Concert } from './concert-state.js';
import type { Ended } from './forgotten-run.js';

/**
 * A state in which the purchase, or the holds, with these ids have just ended at one event; forgets those that ended first, once
 * there are many.
 */
export function withEnded(concert: Concert, ids: readonly string[]): Concert {
  if (concert.sharedPurchases || ids.length === 0) return concert;
  return withoutOldest({ ...concert, forgotten: concert.forgotten.ended(ids) });
}

function withoutOldest(concert: Concert): Concert {
  const { purchases, holds } = concert;
  const oldest: Ended[] = [];
  for (const id of concert.forgotten.due(concert.revision)) {
    const purchase = purchases.get(id);
    const ended = purchase ?? holds.get(id);
    if (ended === undefined) continue;
    const isHold = purchase === undefined;
    oldest.push({ id, began: ended.revision, ended: ended.lastRevision, isHold });
  }
  if (oldest.length === 0) return concert;
  const ids = oldest.map(({ id }) => id);
  return {
    ...concert,
    purchases: purchases.without(ids),
    holds: holds.forget(ids),
    forgotten: concert.forgotten.without(oldest, concert.revision),
  };
}
