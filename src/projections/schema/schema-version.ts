import { sql } from 'kysely';
import type { Database } from '../../postgres/database.js';
import { migrationNames } from './migration-list.js';

/** The schema is of another version of onsale, or missing; the message says which, and what to do. */
export class SchemaOfOtherVersion extends Error {
  override readonly name = 'SchemaOfOtherVersion';
}

/**
 * Checks that this version can work on the schema, without writing anything.
 * @throws {SchemaOfOtherVersion} when it cannot
 */
export async function requireSchema(database: Database): Promise<void> {
  const { schema } = database;
  const done = await migrationsDone(database);
  if (done.length === 0) {
    throw new SchemaOfOtherVersion(
      `There is no installation in the schema "${schema}" of this database. Start the service on it once, or make read ` +
        'models with `onsale projections rebuild --all`.',
    );
  }
  refuseNewer(schema, done);
  const lacking = migrationNames.filter((name) => !done.includes(name));
  if (lacking.length > 0) {
    throw new SchemaOfOtherVersion(
      `The schema "${schema}" is of an older version of onsale: it lacks ${lacking.join(', ')}. This command only looks and ` +
        'changes nothing. Start the service of this version, which brings the schema up to date, or look with the older one.',
    );
  }
}

/** @throws {SchemaOfOtherVersion} when the schema has been changed in ways that this version does not know */
export function refuseNewer(schema: string, done: readonly string[]): void {
  const unknown = done.filter((name) => !migrationNames.includes(name));
  if (unknown.length === 0) return;
  throw new SchemaOfOtherVersion(
    `The schema "${schema}" is of a newer version of onsale: it has ${unknown.join(', ')}. Use that version.`,
  );
}

/** The names of the migrations applied to the schema; none when there is no schema. */
export async function migrationsDone({ kysely, schema }: Database): Promise<readonly string[]> {
  const table = `${schema}.kysely_migration`;
  const found = await sql<{ there: boolean }>`
    select exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relname = 'kysely_migration'
    ) as there`.execute(kysely);
  if (found.rows[0]?.there !== true) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)} order by name`.execute(
    kysely,
  );
  return rows.map(({ name }) => name);
}
