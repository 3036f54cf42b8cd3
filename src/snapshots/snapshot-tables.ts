import { setImmediate as otherWork } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { Concert } from '../domain/concert.js';
import { RestoredConcert, type SnapshotHead, SnapshotUnreadable } from '../domain/state/snapshot/snapshot.js';
import type { Database } from '../postgres/database.js';
import type { Tables } from '../postgres/tables.js';
import { within } from '../waiting/within.js';
import { storedHead, writeSnapshot } from './write-snapshot.js';

/** How long deleting a snapshot may take, in ms, and the least that Postgres may take to say whether there is one. */
const headPatienceMs = 500;
const leastPartsPatienceMs = 1_000;
/** What is added to either, in ms: a small part of the time that reading the log up to there would take. */
const addedPatienceMs = (revision: bigint): number => Number(revision) / 40;

/** A snapshot as it is listed for an operator. */
export interface SnapshotListed extends SnapshotHead {
  readonly takenAt: Date;
  /** The size of its parts, in bytes. */
  readonly bytes: bigint;
}

/**
 * Snapshots of the write side's states, at most one per concert: a cache that may be emptied at any time. A snapshot is stored
 * whole or not at all. The reader checks whether it is of the log at hand.
 */
export class SnapshotTables {
  /** @param patience the factor by which the caller waits longer for Postgres than a sale does */
  constructor(
    private readonly database: Database,
    private readonly patience = 1,
  ) {}

  /**
   * Returns null when there is no snapshot.
   * @param logEnd the concert's last revision: the longer the log, the longer Postgres is waited for
   * @throws when Postgres does not answer in time
   */
  head(concertId: string, logEnd = 0n): Promise<SnapshotHead | null> {
    const patienceMs = (headPatienceMs + addedPatienceMs(logEnd)) * this.patience;
    return soon(patienceMs, storedHead(this.database.kysely, concertId));
  }

  /**
   * Loads the state, in slices so that other work can run. Returns null when that snapshot was deleted or replaced.
   * @throws {SnapshotUnreadable}
   * @throws when Postgres does not answer in time
   */
  async load(head: SnapshotHead): Promise<Concert | null> {
    const parts = this.database.kysely
      .selectFrom('snapshots')
      .leftJoin('snapshot_parts', 'snapshot_parts.concert_id', 'snapshots.concert_id')
      .select(['content', 'last_part'])
      .where('snapshots.concert_id', '=', head.concertId)
      .where('snapshots.revision', '=', head.revision)
      .where('snapshots.event_id', '=', head.eventId)
      .orderBy('part')
      .execute();
    const rows = await soon((leastPartsPatienceMs + addedPatienceMs(head.revision)) * this.patience, parts);
    const [first] = rows;
    if (first === undefined) return null;
    if (rows.length !== first.last_part + 1) throw new SnapshotUnreadable('parts are missing');
    const restored = new RestoredConcert();
    for (const { content } of rows) {
      if (content !== null) restored.add(content); // A head without parts is joined with null.
      await otherWork();
    }
    return restored.finish(head);
  }

  /**
   * Saves a state, in slices and in one transaction, in place of an older one. Returns false when another process is saving one or
   * has saved a newer one.
   * @param eventId of the event at the state's revision
   * @param base a snapshot of the same log. If it is the one that is stored, only the changes since are written, after its parts
   * @param signal aborts the saving; the older snapshot stays
   */
  take(concert: Concert, eventId: string, base: SnapshotHead | null, signal: AbortSignal): Promise<boolean> {
    return this.database.kysely.transaction().execute(async (transaction) => {
      if (!(await this.#lock(transaction, concert.concertId))) return false;
      return writeSnapshot(transaction, concert, eventId, base, signal);
    });
  }

  /** Removes this very snapshot. */
  async forget({ concertId, revision, eventId }: SnapshotHead): Promise<void> {
    const gone = this.database.kysely
      .deleteFrom('snapshots')
      .where('concert_id', '=', concertId)
      .where('revision', '=', revision)
      .where('event_id', '=', eventId)
      .execute();
    await soon(headPatienceMs, gone);
  }

  /** Lists all snapshots, by concert. */
  async list(): Promise<readonly SnapshotListed[]> {
    const rows = await this.database.kysely
      .selectFrom('snapshots')
      .leftJoin('snapshot_parts', 'snapshot_parts.concert_id', 'snapshots.concert_id')
      .select(['snapshots.concert_id', 'revision', 'event_id', 'shape', 'taken_at'])
      .select(sql<bigint>`coalesce(sum(octet_length(content)), 0)::bigint`.as('bytes'))
      .groupBy('snapshots.concert_id')
      .orderBy('snapshots.concert_id')
      .execute();
    return rows.map(({ concert_id: concertId, event_id: eventId, taken_at: takenAt, ...more }) => ({
      ...more,
      concertId,
      eventId,
      takenAt,
    }));
  }

  /** Removes the snapshot of a concert, or all. @returns the number of snapshots removed */
  async drop(concertId: string | null): Promise<number> {
    const all = this.database.kysely.deleteFrom('snapshots');
    const these = concertId === null ? all : all.where('concert_id', '=', concertId);
    return Number((await these.executeTakeFirstOrThrow()).numDeletedRows);
  }

  /** Returns false when another session has the lock. The lock is held until the transaction or its connection ends. */
  async #lock(transaction: Transaction<Tables>, concertId: string): Promise<boolean> {
    await sql`set local statement_timeout = '10s'`.execute(transaction);
    const name = `onsale/snapshot/${this.database.schema}/${concertId}`;
    const { rows } = await sql<{ held: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as held`.execute(transaction);
    return rows[0]?.held === true;
  }
}

/** @throws when Postgres does not answer within `ms` */
const soon = <T>(ms: number, promise: Promise<T>): Promise<T> =>
  within(ms, promise, () => {
    throw new Error(`Postgres did not answer within ${Math.round(ms)} ms`);
  });
