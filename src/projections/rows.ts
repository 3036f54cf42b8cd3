import { type RawBuilder, sql } from 'kysely';

/**
 * Rows for `FROM`, sent as one parameter: one round trip, and one plan, however many there are.
 * @param columns the columns and their types, as in `id text, revision bigint`
 */
export function rows(alias: string, columns: string, values: Iterable<object>): RawBuilder<unknown> {
  const json = JSON.stringify([...values], (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  return sql`json_to_recordset(${json}::json) as ${sql.id(alias)}(${sql.raw(columns)})`;
}
