import { type Kysely, sql } from 'kysely';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import type { Projection } from '../models/projection.js';

/** A concert whose rows differ between the live and the new table. */
export interface Difference {
  readonly projection: ProjectionName;
  readonly table: string;
  readonly concertId: string;
  readonly liveRows: number;
  readonly builtRows: number;
}

/** Concerts named per table; a table may differ in more. */
const mostNamed = 20;

/**
 * Compares two sets of tables of one projection, row for row by fingerprints of 64 bits, and names the concerts that differ.
 * Parked concerts, and those with an undone skip, are left out: their live rows are known to lack events.
 */
export async function compareTables(
  transaction: Kysely<Tables>,
  { name, tables }: Projection,
  liveSchema: string,
  builtSchema: string,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const table of tables) {
    const { rows } = await sql<{ concert_id: string; live_rows: number; built_rows: number }>`
      select concert_id, coalesce(l.n, 0)::integer as live_rows, coalesce(b.n, 0)::integer as built_rows
      from (${fingerprints(liveSchema, table)}) l
      full join (${fingerprints(builtSchema, table)}) b using (concert_id)
      where (l.n, l.hash) is distinct from (b.n, b.hash)
        and concert_id not in (select p.concert_id from parked p where p.projection = ${name})
        and concert_id not in (
          select s.concert_id from skipped s where s.projection = ${name} and s.undone_at is not null)
      order by concert_id limit ${mostNamed}`.execute(transaction);
    for (const { concert_id, live_rows, built_rows } of rows) {
      differences.push({
        projection: name,
        table,
        concertId: concert_id,
        liveRows: live_rows,
        builtRows: built_rows,
      });
    }
  }
  return differences;
}

const fingerprints = (schema: string, table: string) => sql`
  select t.concert_id, count(*) as n, bit_xor(hash_record_extended(t, 0)) as hash
  from ${sql.table(`${schema}.${table}`)} t group by t.concert_id`;
