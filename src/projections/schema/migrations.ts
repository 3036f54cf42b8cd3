import { type Kysely, Migrator, sql } from 'kysely';
import { takeSessionLock } from '../../postgres/advisory-lock.js';
import type { Database } from '../../postgres/database.js';
import type { Tables } from '../../postgres/tables.js';
import { projections } from '../models/index.js';
import type { Projection } from '../models/projection.js';
import { migrationNames, migrations } from './migration-list.js';
import { migrationsDone, refuseNewer } from './schema-version.js';

/** How long another process may take to migrate, in ms. */
const patienceMs = 60_000;

/**
 * Brings the schema up to date and creates the tables of new projections. To be called at every start, by any number of
 * processes at once. Locks and writes nothing if nothing is to be done.
 * @throws {SchemaOfOtherVersion} when the schema is of a newer version
 */
export async function migrate(database: Database): Promise<void> {
  const { kysely, schema, url } = database;
  if (await isUpToDate(database)) return;
  const lock = await takeSessionLock(url, `onsale/migrate/${schema}`, AbortSignal.timeout(patienceMs));
  if (lock === null) {
    throw new Error(
      `Another process has been changing the schema "${schema}" for ${patienceMs / 1_000} s: make sure that it ends.`,
    );
  }
  try {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(kysely);
    const migrator = new Migrator({
      db: kysely,
      provider: { getMigrations: async () => migrations },
      migrationTableSchema: schema,
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    for (const projection of projections) await install(kysely, projection);
  } finally {
    await lock.release();
  }
}

async function isUpToDate(database: Database): Promise<boolean> {
  const done = await migrationsDone(database);
  refuseNewer(database.schema, done);
  if (done.length < migrationNames.length) return false;
  const installed = await database.kysely
    .selectFrom('checkpoints')
    .select('projection')
    .where('slot', '=', 'live')
    .execute();
  return projections.every(({ name }) => installed.some(({ projection }) => projection === name));
}

async function install(kysely: Kysely<Tables>, projection: Projection): Promise<void> {
  const { name, version, createTables, createReadIndexes } = projection;
  await kysely.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('checkpoints')
      .values({ projection: name, slot: 'live', version, state: 'active' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return;
    for (const statement of [...createTables, ...createReadIndexes]) await statement.execute(transaction);
  });
}
