import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { installationNames } from '../installation/names.js';
import { OwnSchemaDialect } from './own-schema.js';
import type { Tables } from './tables.js';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Names the schema, so that installations can share a database; '' for the schema `onsale`. */
  readonly namespace: string;
  /** Connections at most. Reads and projecting should have a database each, so that neither waits for the other. */
  readonly poolSize: number;
  /**
   * Postgres refuses writes in all sessions: for commands that only read, also on a read-only Postgres or under a role without
   * write access.
   */
  readonly readOnly?: boolean;
  /** Called for every lost connection; the pool replaces it by itself. */
  readonly onError: (error: Error) => void;
}

export interface Database {
  readonly kysely: Kysely<Tables>;
  /** The schema that holds the read models; unqualified names mean tables in it. */
  readonly schema: string;
  /** A connection string whose sessions see the same schema. */
  readonly url: string;
  /** The pool now: open connections, idle ones among them, and callers that wait for one. */
  connections(): { readonly open: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const idleInTransactionMs = 5_000;

/** 64-bit integers are bigint here; the driver's default is text. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, BigInt);

/**
 * Connects lazily. Commits here do not wait for the disk: read models and checkpoint are written together and can be
 * projected again, so a crash of Postgres may take back the last moments, but never tear them apart.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, namespace, poolSize, readOnly = false, onError } = options;
  const { schema } = installationNames(namespace);
  // A process that stands still in the middle of a transaction loses its locks, so that another can take over.
  const patience = `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`;
  const writing = readOnly ? '-c default_transaction_read_only=on' : '-c synchronous_commit=off';
  const connectionString = withSettings(url, `-c search_path=${schema} ${patience} ${writing}`);
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: `onsale/${schema}`,
    types,
  });
  pool.on('error', onError);
  // The pool does not report a connection that is lost while in use, between two statements.
  pool.on('connect', (client) => client.on('error', onError));
  const kysely = new Kysely<Tables>({ dialect: new OwnSchemaDialect(schema, { pool }) });
  return {
    kysely,
    schema,
    url: connectionString,
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => kysely.destroy(),
  };
}

/** Whether Postgres answers. Rejects when it does not. */
export async function ping({ kysely }: Database): Promise<void> {
  await sql`select 1`.execute(kysely);
}

/** Puts settings into the connection string, because those in the string win over options of the pool. */
function withSettings(url: string, settings: string): string {
  const parsed = new URL(url);
  const own = parsed.searchParams.get('options');
  parsed.searchParams.set('options', own === null ? settings : `${own} ${settings}`);
  return parsed.href;
}
