import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../../src/postgres/database.js';

/**
 * Seconds that a plain COPY takes to put the rows of these tables into empty ones of the same shape, indexes included:
 * what the database needs for the rows alone. The server reads files, so it has to be on this machine.
 */
export async function copySeconds({ kysely, schema }: Database, tables: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-bench-copy-'));
  await chmod(folder, 0o777); // Postgres may run under another account.
  const [of, copy] = [
    (table: string) => `${schema}.${table}`,
    (table: string) => `${schema}.copy_of_${table}`,
  ];
  const file = (table: string) => sql.lit(join(folder, table));
  try {
    for (const table of tables) {
      await sql`copy ${sql.table(of(table))} to ${file(table)}`.execute(kysely);
      await sql`create table ${sql.table(copy(table))} (like ${sql.table(of(table))} including all)`.execute(
        kysely,
      );
    }
    const started = performance.now();
    for (const table of tables) await sql`copy ${sql.table(copy(table))} from ${file(table)}`.execute(kysely);
    return (performance.now() - started) / 1_000;
  } finally {
    for (const table of tables) await sql`drop table if exists ${sql.table(copy(table))}`.execute(kysely);
    await rm(folder, { recursive: true });
  }
}
