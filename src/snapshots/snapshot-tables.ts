import { setImmediate as otherWork } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { Concert } from '../domain/concert.js';
import { RestoredConcert, type SnapshotHead, SnapshotUnreadable } from '../domain/state/snapshot.js';
import type { Database } from '../postgres/database.js';
import type { Tables } from '../postgres/tables.js';
import { within } from '../waiting/within.js';
import { storedHead, writeSnapshot } from './write-snapshot.js';

/** How long Postgres may take to say whether there is a snapshot, in ms. */
const headPatienceMs = 500;
/** How long it may take to hand one over: a small part of what reading the log would take. */
const partsPatienceMs = (revision: bigint): number => 1_000 + Number(revision) / 40;

/** One of the snapshots there are, as an operator is told of it. */
export interface SnapshotListed extends SnapshotHead {
  readonly takenAt: Date;
  /** Of its texts. */
  readonly bytes: bigint;
}

/**
 * Snapshots of the write side's states, at most one per concert: a cache that may be emptied at any time. A snapshot is there
 * whole or not at all. Whether it is of the log at hand, is for the reader to find out.
 */
export class SnapshotTables {
  /** @param patience how many times as long as a waiting sale does the caller wait for Postgres */
  constructor(
    private readonly database: Database,
    private readonly patience = 1,
  ) {}

  /** Null when there is none. @throws when Postgres does not answer within half a second, times the patience */
  head(concertId: string): Promise<SnapshotHead | null> {
    return soon(headPatienceMs * this.patience, storedHead(this.database.kysely, concertId));
  }

  /**
   * The state, put together in slices. Null when that very snapshot is no longer there.
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
    const rows = await soon(partsPatienceMs(head.revision) * this.patience, parts);
    const [first] = rows;
    if (first === undefined) return null;
    if (rows.length !== first.last_part + 1) throw new SnapshotUnreadable('it lacks parts');
    const restored = new RestoredConcert();
    for (const { content } of rows) {
      if (content !== null) restored.add(content); // A head without parts comes with a null.
      await otherWork();
    }
    return restored.finish(head);
  }

  /**
   * Puts a state by, in slices and in one transaction, in place of an older one. False when somebody else does so at this
   * moment, or has put a newer one there.
   * @param eventId of the event at the state's revision
   * @param base a snapshot of the same log. If that is what is there, what has changed since is written behind it
   * @param signal gives up; what was there before stays
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

  /** All there are, by concert. */
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

  /** Removes that of a concert, or all. @returns how many there were */
  async drop(concertId: string | null): Promise<number> {
    const all = this.database.kysely.deleteFrom('snapshots');
    const these = concertId === null ? all : all.where('concert_id', '=', concertId);
    return Number((await these.executeTakeFirstOrThrow()).numDeletedRows);
  }

  /** False when another session has it. Held until the transaction ends, or its connection. */
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
