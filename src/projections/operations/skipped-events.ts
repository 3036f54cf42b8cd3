import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import { lockLiveCheckpoints } from '../apply/checkpoints.js';
import {
  findParked,
  type RetryResult,
  readWaiting,
  retryParked,
  type Store,
  takePage,
} from './retry-parked.js';

/** An event that a projection leaves out because an operator said so. An audit reports it until the skip is undone. */
export interface Skipped {
  readonly projection: ProjectionName;
  readonly concertId: string;
  readonly revision: bigint;
  readonly eventId: string;
  /** Why it could not be applied. */
  readonly problem: string;
  readonly skippedAt: Date;
  /** When the skip was undone: the next rebuild applies the event. Null while the skip stands. */
  readonly undoneAt: Date | null;
}

export type SkipResult =
  | RetryResult
  /** Another event than the named one is in the way; nothing was changed. */
  | { readonly kind: 'other-revision'; readonly revision: bigint };

export type UnskipResult =
  /** `undone`: the next rebuild applies the event. `building`: a rebuild that leaves it out has begun. */
  { readonly kind: 'undone' | 'not-skipped' | 'building' };

export async function listSkipped({ kysely }: Database): Promise<readonly Skipped[]> {
  const all = await kysely.selectFrom('skipped').selectAll().orderBy('skipped_at').execute();
  return all.map((row) => ({
    projection: row.projection,
    concertId: row.concert_id,
    revision: row.revision,
    eventId: row.event_id,
    problem: row.problem,
    skippedAt: row.skipped_at,
    undoneAt: row.undone_at,
  }));
}

/**
 * Leaves out the event parked at `revision`, also in rebuilds, until the skip is undone, and applies those after it. Skips that
 * very event or none: repeated after a failure, the call continues with the remaining events.
 * @throws {EventStoreUnavailable}; either nothing is skipped then, or the event is and the same call continues
 */
export async function skipParked(
  database: Database,
  store: Store,
  name: ProjectionName,
  concertId: string,
  revision: bigint,
): Promise<SkipResult> {
  let taken = 0;
  const before = await findParked(database.kysely, name, concertId);
  if (before !== undefined && before.revision === revision) {
    // The log is read before anything is written: a skip that fails here has changed nothing.
    const events = await readWaiting(store, before);
    const [event] = events;
    if (event?.revision !== revision) return { kind: 'not-in-log', taken: 0, revision };
    taken = await database.kysely.transaction().execute(async (transaction) => {
      await lockLiveCheckpoints(transaction, [name]);
      const row = await findParked(transaction, name, concertId);
      // Another process may have applied or skipped the event since it was read.
      if (row?.revision !== revision) return 0;
      const { projection, concert_id, problem } = row;
      await transaction
        .insertInto('skipped')
        .values({ projection, concert_id, revision, event_id: event.id, problem })
        .onConflict((known) =>
          known.columns(['projection', 'concert_id', 'revision']).doUpdateSet({ undone_at: null }),
        )
        .execute();
      return (await takePage(transaction, name, events)).taken;
    });
  }
  if (!(await isSkipped(database.kysely, name, concertId, revision))) {
    const row = await findParked(database.kysely, name, concertId);
    return row === undefined ? { kind: 'not-parked' } : { kind: 'other-revision', revision: row.revision };
  }
  const result = await retryParked(database, store, name, concertId);
  return result.kind === 'not-parked'
    ? { kind: 'released', taken }
    : { ...result, taken: taken + result.taken };
}

/** Lets the next rebuild of the projection apply the event. Until then its tables stay as they are, and audits say so. */
export function unskip(
  { kysely }: Database,
  name: ProjectionName,
  concertId: string,
  revision: bigint,
): Promise<UnskipResult> {
  return kysely.transaction().execute(async (transaction) => {
    if (await areBuilding(transaction, [name])) return { kind: 'building' };
    const { numUpdatedRows } = await undo(transaction, [name])
      .where('concert_id', '=', concertId)
      .where('revision', '=', revision)
      .executeTakeFirstOrThrow();
    return { kind: numUpdatedRows === 0n ? 'not-skipped' : 'undone' };
  });
}

/** The same for every skip of some projections. */
export function unskipAll(
  { kysely }: Database,
  names: readonly ProjectionName[],
): Promise<{ readonly kind: 'undone' | 'building' }> {
  return kysely.transaction().execute(async (transaction) => {
    const building = await areBuilding(transaction, names);
    const lasting = await skipsThatLast(transaction, names).executeTakeFirst();
    if (building && lasting !== undefined) return { kind: 'building' };
    await undo(transaction, names).execute();
    return { kind: 'undone' };
  });
}

const skipsThatLast = (database: Kysely<Tables>, names: readonly ProjectionName[]) =>
  database.selectFrom('skipped').selectAll().where('projection', 'in', names).where('undone_at', 'is', null);

const undo = (transaction: Kysely<Tables>, names: readonly ProjectionName[]) =>
  transaction
    .updateTable('skipped')
    .set({ undone_at: sql`now()` })
    .where('projection', 'in', names)
    .where('undone_at', 'is', null);

/** Whether a build of these projections may have passed an event already. None begins until the transaction ends. */
async function areBuilding(
  transaction: Transaction<Tables>,
  names: readonly ProjectionName[],
): Promise<boolean> {
  await sql`lock table checkpoints in share mode`.execute(transaction);
  const building = await transaction
    .selectFrom('checkpoints')
    .select('projection')
    .where('projection', 'in', names)
    .where('state', '=', 'rebuilding')
    .executeTakeFirst();
  return building !== undefined;
}

async function isSkipped(
  database: Kysely<Tables>,
  name: ProjectionName,
  concertId: string,
  revision: bigint,
): Promise<boolean> {
  const found = await skipsThatLast(database, [name])
    .where('concert_id', '=', concertId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  return found !== undefined;
}
