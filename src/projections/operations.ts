import { type Kysely, sql, type Transaction } from 'kysely';
import { type Access, accessTo, giveAccess, refuseDependents } from './attachments.js';
import { type Checkpoint, lockLiveCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import { projectionNamed } from './models/index.js';
import { forgetUndoneSkips } from './parking.js';
import type { Projection, ProjectionName } from './projection.js';
import type { Tables } from './tables.js';

/** What an operator does to live projections. It holds at once, whichever process projects. */

/** The operation does not fit the projection's state; the message says what to do instead. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
}

/** Stops taking events in; the tables stay as they are and are read as before. @throws {OperationRefused} */
export function pauseProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    const checkpoint = await lockOne(transaction, name);
    refuseWhileRebuilding(checkpoint);
    await change(transaction, name, { state: 'paused' });
  });
}

/** Goes on from where it was paused. @throws {OperationRefused} */
export function resumeProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    const checkpoint = await lockOne(transaction, name);
    refuseWhileRebuilding(checkpoint);
    if (checkpoint.state === 'paused') await change(transaction, name, { state: 'active', caught_up: false });
  });
}

/**
 * Empties the tables and projects everything again, live, from the start of the log. Until that is done they show less than
 * there is; a rebuild does without that.
 */
export function resetProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    await lockOne(transaction, name);
    await startOver(transaction, projectionNamed(name), 'active');
  });
}

/**
 * New, empty tables and the checkpoint at the start, in one transaction: old rows never meet a new checkpoint. Owner and grants
 * are those of the old tables.
 * @throws {RebuildRefused} when views or the like depend on the old tables
 */
export async function startOver(
  transaction: Transaction<Tables>,
  projection: Projection,
  state: 'active' | 'rebuilding',
): Promise<void> {
  const { rows } = await sql<{ schema: string }>`select current_schema as schema`.execute(transaction);
  const schema = rows[0]?.schema ?? '';
  await refuseDependents(transaction, schema, projection.tables);
  const before = new Map<string, Access>();
  for (const table of projection.tables) {
    const access = await accessTo(transaction, schema, table);
    if (access !== null) before.set(table, access);
  }
  await recreateTables(transaction, projection);
  for (const [table, access] of before) await giveAccess(transaction, schema, table, access);
  for (const statement of projection.createReadIndexes) await statement.execute(transaction);
  await change(transaction, projection.name, {
    state,
    version: projection.version,
    commit_position: null,
    prepare_position: null,
    last_event_at: null,
    caught_up: false,
    problem: null,
    ...noLog,
  });
  await transaction.deleteFrom('parked').where('projection', '=', projection.name).execute();
  await forgetUndoneSkips(transaction, projection.name);
}

/** In the schema that the transaction uses, without the indexes for reads. */
export async function recreateTables(
  transaction: Kysely<Tables>,
  { tables, createTables }: Projection,
): Promise<void> {
  for (const table of tables) await sql`drop table if exists ${sql.table(table)}`.execute(transaction);
  for (const statement of createTables) await statement.execute(transaction);
}

interface Change {
  readonly state?: 'active' | 'paused' | 'rebuilding';
  readonly version?: number;
  readonly commit_position?: string | null;
  readonly prepare_position?: string | null;
  readonly last_event_at?: Date | null;
  readonly caught_up?: boolean;
  readonly problem?: string | null;
  readonly log_id?: string | null;
  readonly event_id?: string | null;
  readonly event_concert_id?: string | null;
  readonly event_revision?: bigint | null;
  readonly foreign_log?: string | null;
  readonly state_after?: 'active' | 'paused' | null;
}

/** Of tables that no event has been taken into. */
const noLog = {
  log_id: null,
  event_id: null,
  event_concert_id: null,
  event_revision: null,
  foreign_log: null,
};

/** Changes a live checkpoint so that its runner notices. */
export async function change(
  transaction: Kysely<Tables>,
  name: ProjectionName,
  changes: Change,
): Promise<void> {
  await transaction
    .updateTable('checkpoints')
    .set({ ...changes, epoch: sql`epoch + 1` })
    .where('projection', '=', name)
    .where('slot', '=', 'live')
    .execute();
}

async function lockOne(transaction: Kysely<Tables>, name: ProjectionName): Promise<Checkpoint> {
  const [checkpoint] = await lockLiveCheckpoints(transaction, [name]);
  if (checkpoint === undefined)
    throw new OperationRefused(`${name} is not installed: start the service once`);
  return checkpoint;
}

function refuseWhileRebuilding({ projection, state }: Checkpoint): void {
  if (state === 'rebuilding') {
    throw new OperationRefused(
      `${projection} is being rebuilt in place: finish that with a rebuild in place, or reset it`,
    );
  }
}
