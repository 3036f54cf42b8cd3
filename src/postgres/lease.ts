import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../waiting/clock.js';
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

/** A connection of its own to the store of the lease: `lease-session.ts` has the one to Postgres. */
export interface LeaseSession {
  /** Calls the listener once the connection is lost. */
  onLost(listener: () => void): void;
  /** Takes a lease that has run out, or that this holder had; null: another holder has it. */
  take(holder: string, logId: string, leaseMs: number): Promise<bigint | null>;
  holder(): Promise<{ readonly holder: string | null; readonly logId: string | null }>;
  /** False: another process has taken the lease. */
  renew(epoch: bigint, leaseMs: number): Promise<boolean>;
  /** Lets the lease run out now. */
  free(epoch: bigint): Promise<void>;
  end(): Promise<void>;
}

/** A new name for a runner of this process, shown by status. */
export const newHolder = (): string => `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;

export interface LeaseRequest {
  readonly open: () => Promise<LeaseSession>;
  readonly holder: string;
  readonly logId: string;
  readonly clock: Clock;
  readonly times?: LeaseTimes | undefined;
  /** Called every half second with the holder and the log that it projects. */
  readonly onHeldByOther?: (holder: string, otherLogId: string | null) => void;
}

/**
 * Takes the lease as soon as it is free; null when `signal` aborts first. A holder that has lost its connection takes it again at
 * once.
 * @throws when Postgres cannot be reached, or takes no writes
 */
export async function takeLease(
  { open, holder, logId, clock, times = leaseTimes, onHeldByOther }: LeaseRequest,
  signal: AbortSignal,
): Promise<Lease | null> {
  const session = await open();
  try {
    while (!signal.aborted) {
      const askedAt = clock.monotonic();
      const epoch = await session.take(holder, logId, times.leaseMs);
      if (epoch !== null) return new HeldLease(session, epoch, times, clock, askedAt);
      const other = await session.holder();
      onHeldByOther?.(other.holder ?? '', other.logId);
      await pause(askEveryMs, signal, clock);
    }
  } catch (error) {
    await session.end();
    throw error;
  }
  await session.end();
  return null;
}

class HeldLease implements Lease {
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  readonly #renewing: Promise<void>;

  /** @param renewedAt when the last renewal was sent, by this process's clock; Postgres counts from a later moment */
  constructor(
    private readonly session: LeaseSession,
    readonly epoch: bigint,
    private readonly times: LeaseTimes,
    private readonly clock: Clock,
    private renewedAt: number,
  ) {
    session.onLost(() => this.#lost.abort());
    this.#renewing = this.#keepRenewing();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#released.abort();
    await this.#renewing;
    try {
      if (!this.#lost.signal.aborted) await this.session.free(this.epoch);
      await this.session.end();
    } catch {
      // The lease expires by itself.
      this.#lost.abort();
    }
  }

  async #keepRenewing(): Promise<void> {
    const done = AbortSignal.any([this.#released.signal, this.#lost.signal]);
    const { clock, times } = this;
    for (;;) {
      await pause(times.renewEveryMs, done, clock);
      if (done.aborted) return;
      if (clock.monotonic() - this.renewedAt > times.leaseMs || !(await this.#renew())) this.#lost.abort();
    }
  }

  async #renew(): Promise<boolean> {
    const askedAt = this.clock.monotonic();
    try {
      const isRenewed = await this.session.renew(this.epoch, this.times.leaseMs);
      this.renewedAt = askedAt;
      return isRenewed;
    } catch {
      // The next query fails with the same error and reports it.
      return false;
    }
  }
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
