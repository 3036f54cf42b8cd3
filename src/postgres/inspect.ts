import { sql } from 'kysely';
import { type Database, openDatabase } from './database.js';

export interface PostgresReport {
  /** As `18.4`. */
  readonly version: string;
  /** As 180004. */
  readonly versionNumber: number;
  /** The server's clock minus this process's, in ms, and how far off that may be. */
  readonly clock: { readonly aheadMs: number; readonly exactToMs: number };
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  readonly hasSchema: boolean;
  /** Whether the user may make the schema, or tables in it where it is there. */
  readonly mayCreate: boolean;
  /** A standby, which takes no writes. */
  readonly isReplica: boolean;
  readonly maxConnections: number;
  readonly openConnections: number;
}

/** Looks at the Postgres of an installation and changes nothing. Rejects when it does not answer. */
export async function inspectPostgres(
  { url, namespace }: { readonly url: string; readonly namespace: string },
  now: () => number,
): Promise<PostgresReport> {
  const database = openDatabase({ url, namespace, poolSize: 1, readOnly: true, onError: () => {} });
  try {
    await ask(database); // The first query also connects.
    const before = now();
    const row = await ask(database);
    const after = now();
    const { clockMs, ...report } = row;
    const exactToMs = (after - before) / 2;
    return {
      ...report,
      schema: database.schema,
      clock: { aheadMs: clockMs - (before + exactToMs), exactToMs },
    };
  } finally {
    await database.close();
  }
}

type Row = Omit<PostgresReport, 'clock' | 'schema'> & { readonly clockMs: number };

async function ask({ kysely, schema }: Database): Promise<Row> {
  const { rows } = await sql<Row>`
    select
      current_setting('server_version') as "version",
      current_setting('server_version_num')::integer as "versionNumber",
      (extract(epoch from clock_timestamp()) * 1000)::double precision as "clockMs",
      current_user::text as "user",
      current_database()::text as "database",
      has_own.oid is not null as "hasSchema",
      case when has_own.oid is null then has_database_privilege(current_database(), 'CREATE')
        else has_schema_privilege(has_own.oid, 'CREATE, USAGE') end as "mayCreate",
      pg_is_in_recovery() as "isReplica",
      current_setting('max_connections')::integer as "maxConnections",
      (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as "openConnections"
    from (select to_regnamespace(${schema})::oid as oid) as has_own`.execute(kysely);
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres gave no row');
  return row;
}
