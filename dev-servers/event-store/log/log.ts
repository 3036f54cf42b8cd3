import pg from 'pg';
import type { Place } from './check-expected-revision.js';
import { metastreamOf, originalOf } from './deletion.js';
import { byteaArray, COLUMNS, type Row, recorded } from './log-rows.js';
import { FIRST_EVENT, SCHEMA, takeLock } from './log-schema.js';
import { type Heading, LAST, type RecordedEvent } from './model.js';

export type Direction = 'forwards' | 'backwards';

const OF_STREAM = {
  forwards: 'stream = $1 AND revision >= $2 ORDER BY revision',
  backwards: 'stream = $1 AND revision <= $2 ORDER BY revision DESC',
};
const OF_ALL = {
  forwards: 'position >= $1 ORDER BY position',
  backwards: 'position < $1 ORDER BY position DESC',
};

/** As on a real server, readers heed no metadata that is not JSON; appends do (stream-heads.ts). */
const SETTINGS = 'CASE WHEN is_json THEN data END';

/** The last revision of a stream, its metadata, and whether it, or the stream whose metadata it holds, has a tombstone. */
export interface Description {
  readonly head: bigint | null;
  readonly metadata: Buffer | null;
  readonly isTombstoned: boolean;
}

/**
 * The log in Postgres. All writes go through one connection that holds the log's lock for as long as it
 * lives; reads go through a small pool of others.
 */
export class Log {
  private closing = false;

  private constructor(
    private readonly owner: pg.Client,
    private readonly readers: pg.Pool,
    onLost: (reason: Error) => void,
  ) {
    const lost = (reason: Error) => {
      if (!this.closing) onLost(reason);
    };
    owner.on('error', lost).on('end', () => lost(new Error('the connection to Postgres has ended')));
  }

  /**
   * Creates the tables where they are missing and takes the log's lock.
   * @param onLost called should the owning connection, and the lock with it, be lost; perhaps more than once
   * @throws if another server owns the log
   */
  static async open(postgresUrl: string, onLost: (reason: Error) => void): Promise<Log> {
    const owner = new pg.Client({ connectionString: postgresUrl, application_name: 'event-store' });
    await owner.connect();
    try {
      await takeLock(owner);
      await owner.query(SCHEMA);
      await owner.query(FIRST_EVENT);
    } catch (error) {
      await owner.end();
      throw error;
    }
    const readers = new pg.Pool({ connectionString: postgresUrl, max: 4, application_name: 'event-store' });
    readers.on('error', (error) => console.error(`event store: an idle reader was lost: ${error.message}`));
    return new Log(owner, readers, onLost);
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.readers.end();
    await this.owner.end();
  }

  /** The last event's position, and the first that is free after it. */
  async end(): Promise<{ last: bigint; next: bigint }> {
    const [last] = await this.allPage(LAST, 'backwards', 1);
    return last === undefined ? { last: 0n, next: 1n } : { last: last.position, next: positionAfter(last) };
  }

  /**
   * The last revisions of streams, null for those without events, and their metadata. Read by the owner: what it wrote, it
   * sees.
   */
  async heads(streams: readonly string[]): Promise<[string, bigint | null, Buffer | null][]> {
    const { rows } = await this.owner.query<[string, string | null, Buffer | null]>({
      name: 'heads',
      rowMode: 'array',
      text: `SELECT s, (SELECT max(revision) FROM event_store.events WHERE stream = s),
               (SELECT data FROM event_store.events WHERE stream = '$$' || s ORDER BY revision DESC LIMIT 1)
             FROM unnest($1::text[]) AS s`,
      values: [streams],
    });
    return rows.map(([stream, head, metadata]) => [stream, head === null ? null : BigInt(head), metadata]);
  }

  /** The places of all events with these ids, in rising order of revision. */
  async occurrences(eventIds: readonly string[]): Promise<(Place & { stream: string; eventId: string })[]> {
    const { rows } = await this.owner.query<[string, string, string, string]>({
      name: 'occurrences',
      rowMode: 'array',
      text: `SELECT stream, event_id, revision, position FROM event_store.events
             WHERE event_id = ANY($1::uuid[]) ORDER BY revision`,
      values: [eventIds],
    });
    return rows.map(([stream, eventId, revision, position]) => ({
      stream,
      eventId,
      revision: BigInt(revision),
      position: BigInt(position),
    }));
  }

  /** Writes all of these or none, and resolves when Postgres has flushed them to disk. */
  async write(events: readonly RecordedEvent[]): Promise<void> {
    await this.owner.query({
      name: 'write',
      text: `INSERT INTO event_store.events
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[],
                                  $6::boolean[], $7::timestamptz[], $8::bytea[], $9::bytea[])`,
      values: [
        events.map((event) => event.position),
        events.map((event) => event.stream),
        events.map((event) => event.revision),
        events.map((event) => event.id),
        events.map((event) => event.type),
        events.map((event) => event.isJson),
        events.map((event) => new Date(event.created).toISOString()),
        byteaArray(events.map((event) => event.data)),
        byteaArray(events.map((event) => event.metadata)),
      ],
    });
  }

  /** At most `limit` events of one stream, from `revision` on, itself included. */
  streamPage(
    stream: string,
    revision: bigint,
    direction: Direction,
    limit: number,
    signal?: AbortSignal,
  ): Promise<RecordedEvent[]> {
    return this.page(OF_STREAM[direction], limit, [stream, revision], signal);
  }

  /** At most `limit` events of the whole log: forwards from `position` on, backwards those before it. */
  allPage(
    position: bigint,
    direction: Direction,
    limit: number,
    signal?: AbortSignal,
  ): Promise<RecordedEvent[]> {
    return this.page(OF_ALL[direction], limit, [position], signal);
  }

  /** At most `limit` headings of the whole log from `position` on: events without data and metadata. */
  async headings(position: bigint, limit: number): Promise<Heading[]> {
    const { rows } = await this.readers.query<[string, string, string, string]>({
      name: 'headings',
      rowMode: 'array',
      text: `SELECT position, stream, revision, type FROM event_store.events WHERE ${OF_ALL.forwards} LIMIT $2`,
      values: [position, limit],
    });
    return rows.map(([at, stream, revision, type]) => ({
      position: BigInt(at),
      stream,
      revision: BigInt(revision),
      type,
    }));
  }

  /** The events at these positions, a few of them. */
  async eventsAt(positions: readonly bigint[]): Promise<RecordedEvent[]> {
    if (positions.length === 0) return [];
    return this.page('position = ANY($1::bigint[])', positions.length, [positions]);
  }

  async describe(stream: string): Promise<Description> {
    const { rows } = await this.readers.query<[string | null, Buffer | null, boolean]>({
      name: 'describe',
      rowMode: 'array',
      text: `SELECT (SELECT max(revision) FROM event_store.events WHERE stream = $1),
               (SELECT ${SETTINGS} FROM event_store.events WHERE stream = $2 ORDER BY revision DESC LIMIT 1),
               EXISTS (SELECT FROM event_store.events WHERE stream IN ($1, $3) AND revision = ${LAST})`,
      values: [stream, metastreamOf(stream), originalOf(stream) ?? stream],
    });
    const [head = null, metadata = null, isTombstoned = false] = rows[0] ?? [];
    return { head: head === null ? null : BigInt(head), metadata, isTombstoned };
  }

  /** Runs a query on the pool. A caller that aborts while all connections are busy takes none. @throws the reason of `signal` */
  private async page(
    clause: string,
    limit: number,
    values: unknown[],
    signal?: AbortSignal,
  ): Promise<RecordedEvent[]> {
    const reader = await this.readers.connect();
    let broken = false;
    try {
      signal?.throwIfAborted();
      broken = true;
      const { rows } = await reader.query<Row>({
        name: clause,
        rowMode: 'array',
        text: `SELECT ${COLUMNS} FROM event_store.events WHERE ${clause} LIMIT $${values.length + 1}`,
        values: [...values, limit],
      });
      broken = false;
      return rows.map(recorded);
    } finally {
      reader.release(broken);
    }
  }
}

/** Positions grow by an event's size, as offsets in a file do. */
export function positionAfter(event: RecordedEvent): bigint {
  return event.position + BigInt(64 + event.type.length + event.data.length + event.metadata.length);
}
