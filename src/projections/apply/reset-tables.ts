import { type Kysely, sql, type Transaction } from 'kysely';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import type { Projection } from '../models/projection.js';
import { type Access, accessTo, giveAccess, refuseDependents } from './attachments.js';
import { forgetUndoneSkips } from './park.js';

/**
 * Replaces tables by new, empty ones and sets the checkpoint to the start, in one transaction: old rows never meet a new
 * checkpoint. Owner and grants are copied from the old tables.
 * @throws {RebuildRefused} when views or the like depend on the old tables
 */
export async function startOver(transaction: Transaction<Tables>, projection: Projection): Promise<void> {
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
    state: 'active',
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

/** Creates tables in the transaction's schema, without the indexes for reads. */
export async function recreateTables(
  transaction: Kysely<Tables>,
  { tables, createTables }: Projection,
): Promise<void> {
  for (const table of tables) await sql`drop table if exists ${sql.table(table)}`.execute(transaction);
  for (const statement of createTables) await statement.execute(transaction);
}

interface Change {
  readonly state?: 'active' | 'paused';
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
}

/** The checkpoint of tables to which no event was applied. */
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
