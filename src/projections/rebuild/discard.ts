import { sql, type Transaction } from 'kysely';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import { refuseDependents } from '../apply/attachments.js';
import { projectionNamed } from '../models/index.js';
import { buildSchemaOf, replacedSchemaOf } from './build-schemas.js';

/**
 * Drops the tables that rebuilds have replaced.
 * @throws {RebuildRefused} when views or the like depend on them
 */
export async function dropReplaced(database: Database): Promise<void> {
  const schema = replacedSchemaOf(database);
  await database.kysely.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = ${schema}`.execute(transaction);
    const tables = rows.map(({ name }) => name);
    if (tables.length > 0) await refuseDependents(transaction, schema, tables);
    for (const table of tables) await sql`drop table ${sql.table(`${schema}.${table}`)}`.execute(transaction);
    await sql`drop schema if exists ${sql.id(schema)}`.execute(transaction);
  });
}

/** Drops an unfinished build. */
export async function abandonBuild(database: Database, name: ProjectionName): Promise<void> {
  const { tables } = projectionNamed(name);
  await database.kysely.transaction().execute(async (transaction) => {
    await deleteBuild(transaction, name);
    for (const table of tables) {
      await sql`drop table if exists ${sql.table(`${buildSchemaOf(database)}.${table}`)}`.execute(
        transaction,
      );
    }
  });
}

/** Forgets the checkpoint of a build. */
export async function deleteBuild(transaction: Transaction<Tables>, name: ProjectionName): Promise<void> {
  await transaction
    .deleteFrom('checkpoints')
    .where('projection', '=', name)
    .where('slot', '=', 'build')
    .execute();
}
