import { type RawBuilder, sql } from 'kysely';

/**
 * Rows for `FROM`, sent as one parameter: one round trip, and one plan, however many there are.
 * @param values 64-bit integers as text
 * @param columns the columns and their types, as in `id text, revision bigint`
 */
export function rows(alias: string, columns: string, values: Iterable<object>): RawBuilder<unknown> {
  return sql`json_to_recordset(${JSON.stringify([...values])}::json) as ${sql.id(alias)}(${sql.raw(columns)})`;
}
