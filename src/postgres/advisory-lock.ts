import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { pause } from '../waiting/sleep.js';
import type { Tables } from './tables.js';

export interface SessionLock {
  /** Aborts when the connection that holds the lock is lost: another process may have the lock from then on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const pauseMs = 250;
/** Postgres detects that a holder's machine is down, and frees its lock, after idle + interval × count seconds. */
const keepAlives =
  'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3';

/**
 * Takes a lock that lasts as long as its own connection to Postgres. Waits until it is free; null when `signal` aborts.
 *
 * It polls instead of waiting inside Postgres: a statement that waits for hours keeps Postgres from removing old row versions.
 * @throws when Postgres cannot be reached
 */
export async function takeSessionLock(
  url: string,
  name: string,
  signal: AbortSignal,
): Promise<SessionLock | null> {
  const session = await connect(url, name);
  try {
    while (!signal.aborted) {
      if (await tryLock(session, name)) return held(session);
      await pause(pauseMs, signal);
    }
  } catch (error) {
    await session.client.end();
    throw error;
  }
  await session.client.end();
  return null;
}

interface Session {
  readonly client: pg.Client;
  readonly lost: AbortController;
}

async function connect(url: string, name: string): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  try {
    await client.connect();
    await client.query(keepAlives);
  } catch (error) {
    await client.end();
    throw error;
  }
  return { client, lost };
}

async function tryLock({ client }: Session, name: string): Promise<boolean> {
  const question = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held';
  const { rows } = await client.query<{ held: boolean }>(question, [name]);
  return rows[0]?.held === true;
}

const held = ({ client, lost }: Session): SessionLock => ({
  lost: lost.signal,
  release: () => client.end(),
});

/** The name of the lock that a rebuild holds. */
export const rebuildLock = ({ schema }: { readonly schema: string }): string => `onsale/rebuild/${schema}`;

/** Whether any session has the lock now. */
export async function isLockHeld(kysely: Kysely<Tables>, name: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select exists (
      select from pg_locks
      where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = hashtextextended(${name}, 0)
    ) as held`.execute(kysely);
  return rows[0]?.held === true;
}
