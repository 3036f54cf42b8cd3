import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { pause } from '../waiting/sleep.js';
import type { Tables } from './tables.js';

/** The right to project, as long as its holder renews it. */
export interface Lease {
  /** The fencing token: every write of the holder carries it, and is refused once another process has taken the lease. */
  readonly epoch: bigint;
  /** Aborts when the lease could not be renewed in time, or another process has it. */
  readonly lost: AbortSignal;
  /** Releases the lease, so that others need not wait until it runs out. Never rejects. */
  release(): Promise<void>;
}

export interface LeaseTimes {
  /** How long a lease lasts without a renewal, by the clock of Postgres, in ms. */
  readonly leaseMs: number;
  /** How often its holder renews it, in ms; several times within `leaseMs`. */
  readonly renewEveryMs: number;
}

/** Others take over half a second after `leaseMs` at most. */
export const leaseTimes: LeaseTimes = { leaseMs: 5_000, renewEveryMs: 1_000 };
const askEveryMs = 500;
const connectTimeoutMs = 5_000;
/** The time-out of a query: a connection may be dead although TCP does not know. */
const queryTimeoutMs = 3_000;

/** A new name for a runner of this process, shown by status. */
export const newHolder = (): string => `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;

/**
 * Takes the lease as soon as it is free; null when `signal` aborts first. A holder that has lost its connection takes it again at
 * once.
 * @param onHeldByOther called every half second with the holder and the log that it projects
 * @throws when Postgres cannot be reached, or takes no writes
 */
export async function takeLease(
  url: string,
  holder: string,
  logId: string,
  signal: AbortSignal,
  onHeldByOther: (holder: string, otherLogId: string | null) => void = () => {},
  times = leaseTimes,
): Promise<Lease | null> {
  const client = await connect(url);
  try {
    while (!signal.aborted) {
      const epoch = await tryToTake(client, holder, logId, times.leaseMs);
      if (epoch !== null) return new HeldLease(client, epoch, times);
      const other = await holderOf(client);
      onHeldByOther(other.holder ?? '', other.log_id);
      await pause(askEveryMs, signal);
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  await client.end();
  return null;
}

class HeldLease implements Lease {
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  readonly #renewing: Promise<void>;
  /** When the last renewal was sent, by this process's clock; Postgres counts from a later moment. */
  #renewedAt = performance.now();

  constructor(
    private readonly client: pg.Client,
    readonly epoch: bigint,
    private readonly times: LeaseTimes,
  ) {
    client.on('error', () => this.#lost.abort());
    client.on('end', () => this.#lost.abort());
    this.#renewing = this.#keepRenewing();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#released.abort();
    await this.#renewing;
    try {
      if (!this.#lost.signal.aborted) {
        await this.client.query(
          "update lease set expires_at = clock_timestamp() where name = 'projecting' and epoch = $1",
          [this.epoch],
        );
      }
      await this.client.end();
    } catch {
      // The lease expires by itself.
      this.#lost.abort();
    }
  }

  async #keepRenewing(): Promise<void> {
    const done = AbortSignal.any([this.#released.signal, this.#lost.signal]);
    for (;;) {
      await pause(this.times.renewEveryMs, done);
      if (done.aborted) return;
      if (performance.now() - this.#renewedAt > this.times.leaseMs || !(await this.#renew()))
        this.#lost.abort();
    }
  }

  async #renew(): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const { rowCount } = await this.client.query(
        `update lease set expires_at = clock_timestamp() + $2 * interval '1 millisecond'
         where name = 'projecting' and epoch = $1`,
        [this.epoch, this.times.leaseMs],
      );
      this.#renewedAt = askedAt;
      return rowCount === 1;
    } catch {
      // The next query fails with the same error and reports it.
      return false;
    }
  }
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

async function tryToTake(
  client: pg.Client,
  holder: string,
  logId: string,
  leaseMs: number,
): Promise<bigint | null> {
  const { rows } = await client.query<{ epoch: string }>(
    `update lease set holder = $1, log_id = $2, epoch = epoch + 1, problem = null, problem_since = null,
       expires_at = clock_timestamp() + $3 * interval '1 millisecond'
     where name = 'projecting' and (expires_at <= clock_timestamp() or holder = $1)
     returning epoch`,
    [holder, logId, leaseMs],
  );
  return rows[0] === undefined ? null : BigInt(rows[0].epoch);
}

async function holderOf(client: pg.Client): Promise<{ holder: string | null; log_id: string | null }> {
  const { rows } = await client.query<{ holder: string | null; log_id: string | null }>(
    "select holder, log_id from lease where name = 'projecting'",
  );
  return rows[0] ?? { holder: null, log_id: null };
}

/** The process that projects, and its problem. */
export interface LeaseStatus {
  readonly holder: string | null;
  /** The log that the last holder projected; null before the first. */
  readonly logId: string | null;
  /** For how long no process has had the lease, in ms; 0 while one has. */
  readonly freeForMs: number;
  /** The failure that the holder retries. */
  readonly problem: string | null;
  readonly problemSince: Date | null;
}

export async function leaseStatus(kysely: Kysely<Tables>): Promise<LeaseStatus> {
  const row = await kysely
    .selectFrom('lease')
    .select(['holder', 'log_id', 'problem', 'problem_since'])
    .select(
      sql<number>`greatest(0, extract(epoch from clock_timestamp() - expires_at) * 1000)::float8`.as('free'),
    )
    .where('name', '=', 'projecting')
    .executeTakeFirstOrThrow();
  return {
    holder: row.holder,
    logId: row.log_id,
    freeForMs: row.free,
    problem: row.problem,
    problemSince: row.problem_since,
  };
}

/** Notes which log the holder projects. Does nothing without the lease. */
export async function noteLog(kysely: Kysely<Tables>, epoch: bigint, logId: string): Promise<void> {
  await kysely
    .updateTable('lease')
    .set({ log_id: logId })
    .where('name', '=', 'projecting')
    .where('epoch', '=', epoch)
    .where('log_id', 'is distinct from', logId)
    .execute();
}

/** Records the failure that the holder retries, for the status; null when it has recovered. Does nothing without the lease. */
export async function noteProblem(
  kysely: Kysely<Tables>,
  epoch: bigint,
  problem: string | null,
): Promise<void> {
  await kysely
    .updateTable('lease')
    .set({
      problem,
      problem_since: problem === null ? null : sql`coalesce(problem_since, clock_timestamp())`,
    })
    .where('name', '=', 'projecting')
    .where('epoch', '=', epoch)
    .execute();
}
