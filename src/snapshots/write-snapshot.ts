import { setImmediate as otherWork } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Concert } from '../domain/concert.js';
import {
  canFollow,
  SNAPSHOT_SHAPE,
  type SnapshotHead,
  snapshotParts,
} from '../domain/state/snapshot/snapshot.js';
import type { Tables } from '../postgres/tables.js';

interface StoredHead extends SnapshotHead {
  /** Number of the last part; the first is 0. */
  readonly lastPart: number;
}

/** The head that is stored for a concert; null for none. */
export async function storedHead(database: Kysely<Tables>, concertId: string): Promise<StoredHead | null> {
  const found = await database
    .selectFrom('snapshots')
    .select(['revision', 'event_id', 'shape', 'last_part'])
    .where('concert_id', '=', concertId)
    .executeTakeFirst();
  if (found === undefined) return null;
  const { revision, event_id: eventId, shape, last_part: lastPart } = found;
  return { concertId, revision, eventId, shape, lastPart };
}

/**
 * Saves a state in place of an older one, in slices. Returns false when there is a newer one. Only one transaction per concert may
 * call it at a time.
 * @param base if it is the snapshot that is stored, only the changes since are written, after its parts
 */
export async function writeSnapshot(
  transaction: Transaction<Tables>,
  concert: Concert,
  eventId: string,
  base: SnapshotHead | null,
  signal: AbortSignal,
): Promise<boolean> {
  const { concertId, revision } = concert;
  const stored = await storedHead(transaction, concertId);
  if (stored !== null && isNewer(stored, concert)) return false;
  const former = stored !== null && isSame(stored, base) && isWorthFollowing(stored, concert) ? stored : null;
  const head = { revision, event_id: eventId, shape: SNAPSHOT_SHAPE };
  if (former === null) await startOver(transaction, { concert_id: concertId, ...head });
  const parts = snapshotParts(concert, former?.revision);
  const lastPart = await putParts(transaction, concertId, parts, former?.lastPart ?? 0, signal);
  await transaction
    .updateTable('snapshots')
    .set({ ...head, last_part: lastPart, taken_at: sql`now()` })
    .where('concert_id', '=', concertId)
    .execute();
  return true;
}

/** A snapshot of another shape counts as newer only at a later revision: each of two versions can read only its own. */
const isNewer = (stored: SnapshotHead, { revision }: Concert): boolean =>
  stored.shape === SNAPSHOT_SHAPE ? stored.revision >= revision : stored.revision > revision;

const isSame = (stored: SnapshotHead, base: SnapshotHead | null): boolean =>
  stored.shape === SNAPSHOT_SHAPE && stored.revision === base?.revision && stored.eventId === base.eventId;

const isWorthFollowing = ({ revision, lastPart }: StoredHead, concert: Concert): boolean =>
  canFollow(concert, revision) && lastPart < mostParts(concert);

/** Twice the parts of a state that is written whole, and a few: beyond that, a whole snapshot is quicker to load. */
const mostParts = ({ purchases, forgotten }: Concert): number =>
  20 + (2 * purchases.size) / 1_000 + forgotten.runs.length;

async function startOver(
  transaction: Transaction<Tables>,
  head: { concert_id: string; revision: bigint; event_id: string; shape: string },
): Promise<void> {
  await transaction.deleteFrom('snapshots').where('concert_id', '=', head.concert_id).execute();
  await transaction.insertInto('snapshots').values(head).execute();
}

/** Writes the first part over the stored one, and the others after part `last`. @returns the number of the last part */
async function putParts(
  transaction: Transaction<Tables>,
  concertId: string,
  parts: Iterable<string | null>,
  last: number,
  signal: AbortSignal,
): Promise<number> {
  let next = 0;
  for (const content of parts) {
    signal.throwIfAborted();
    if (content === null) {
      await otherWork();
      continue;
    }
    await transaction
      .insertInto('snapshot_parts')
      .values({ concert_id: concertId, part: next, content })
      .onConflict((stored) =>
        stored
          .columns(['concert_id', 'part'])
          .doUpdateSet(({ ref }) => ({ content: ref('excluded.content') })),
      )
      .execute();
    next = next === 0 ? last + 1 : next + 1;
  }
  return next - 1;
}
