import pg from 'pg';
import type { LeaseSession } from './lease.js';

const connectTimeoutMs = 5_000;
/** The time-out of a query: a connection may be dead although TCP does not know. */
const queryTimeoutMs = 3_000;

/** A session of Postgres for the lease alone. @throws when Postgres cannot be reached */
export async function openLeaseSession(url: string): Promise<LeaseSession> {
  const client = await connect(url);
  return {
    onLost(listener) {
      client.on('error', listener);
      client.on('end', listener);
    },
    async take(holder, logId, leaseMs) {
      const { rows } = await client.query<{ epoch: string }>(
        `update lease set holder = $1, log_id = $2, epoch = epoch + 1, problem = null, problem_since = null,
           expires_at = clock_timestamp() + $3 * interval '1 millisecond'
         where name = 'projecting' and (expires_at <= clock_timestamp() or holder = $1)
         returning epoch`,
        [holder, logId, leaseMs],
      );
      return rows[0] === undefined ? null : BigInt(rows[0].epoch);
    },
    async holder() {
      const { rows } = await client.query<{ holder: string | null; log_id: string | null }>(
        "select holder, log_id from lease where name = 'projecting'",
      );
      return { holder: rows[0]?.holder ?? null, logId: rows[0]?.log_id ?? null };
    },
    async renew(epoch, leaseMs) {
      const { rowCount } = await client.query(
        `update lease set expires_at = clock_timestamp() + $2 * interval '1 millisecond'
         where name = 'projecting' and epoch = $1`,
        [epoch, leaseMs],
      );
      return rowCount === 1;
    },
    async free(epoch) {
      await client.query(
        "update lease set expires_at = clock_timestamp() where name = 'projecting' and epoch = $1",
        [epoch],
      );
    },
    end: () => client.end(),
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: 'onsale/lease',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  // The next query reports it again; without a listener the error would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    // A crash of Postgres must not undo a change of holder: two holders could have the same epoch.
    await client.query('set synchronous_commit = on');
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}
