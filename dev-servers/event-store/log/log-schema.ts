import pg from 'pg';

/**
 * Data and metadata stay the bytes that the client sent. `position` and (`stream`, `revision`) are unique:
 * should two servers ever write, the second fails instead of forking the log.
 */
export const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS event_store;
  CREATE TABLE IF NOT EXISTS event_store.events (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    event_id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    is_json boolean NOT NULL,
    created timestamptz NOT NULL,
    data bytea NOT NULL,
    metadata bytea NOT NULL,
    UNIQUE (stream, revision)
  );
  CREATE INDEX IF NOT EXISTS events_by_id ON event_store.events USING hash (event_id);`;

/** A new log begins as on a real server, so that readers of $all meet an event of the server's own. */
export const FIRST_EVENT = `
  INSERT INTO event_store.events
  SELECT 548, '$$$scavenges', 0, gen_random_uuid(), '$metadata', true, now(),
    '{"$maxAge":2592000,"$acl":{"$r":"$ops","$w":[],"$d":[],"$mr":[],"$mw":[]}}', ''
  WHERE NOT EXISTS (SELECT FROM event_store.events)`;

/** One server owns a log: this key is its lock, one per Postgres database. */
const LOCK = 7_237_455_001;
const LOCK_WAIT_MS = 3_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Retries for a moment, since a server that was killed just now may still hold the lock. */
export async function takeLock(owner: pg.Client): Promise<void> {
  await owner.query('SET synchronous_commit = on');
  await owner.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  try {
    await owner.query('SELECT pg_advisory_lock($1)', [LOCK]);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)
      throw new Error('another event store server owns the log in this database', { cause: error });
    throw error;
  }
}
