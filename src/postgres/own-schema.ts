import {
  type DatabaseIntrospector,
  type Kysely,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresIntrospector,
  sql,
  type TableMetadata,
} from 'kysely';

/**
 * Postgres, of which kysely sees the tables of one schema alone. By default kysely reads every schema of the database, which
 * fails when another installation drops a table meanwhile.
 */
export class OwnSchemaDialect extends PostgresDialect {
  constructor(
    readonly schema: string,
    config: PostgresDialectConfig,
  ) {
    super(config);
  }

  override createIntrospector(database: Kysely<unknown>): DatabaseIntrospector {
    return new OwnSchemaIntrospector(database, this.schema);
  }
}

class OwnSchemaIntrospector extends PostgresIntrospector {
  constructor(
    readonly database: Kysely<unknown>,
    readonly schema: string,
  ) {
    super(database);
  }

  /** The tables of the schema, kysely's own among them, without their columns, which no caller needs. */
  override async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${this.schema} and c.relkind in ('r', 'p')`.execute(this.database);
    return rows.map(({ name }) => ({ name, schema: this.schema, isView: false, columns: [] }));
  }
}
