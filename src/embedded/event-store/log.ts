import pg from 'pg';
import { binaryArray, bool, int8, TYPE, uuid } from './binary-array.js';
import type { RecordedEvent } from './model.js';

/**
 * Data and metadata stay the bytes that the client sent. `position` and (`stream`, `revision`) are unique:
 * should two servers ever write, the second fails instead of forking the log.
 */
const SCHEMA = `
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

const COLUMNS = `position, stream, revision, event_id, type, is_json,
  (extract(epoch FROM created) * 1000)::bigint, data, metadata`;

type Row = [string, string, string, string, string, boolean, string, Buffer, Buffer];

/** One server owns a log: this key is its lock, one per Postgres database. */
const LOCK = 7_237_455_001;
const LOCK_WAIT_MS = 3_000;
const POSTGRES_EPOCH_MS = 946_684_800_000;

/** Where an event with this id stands. */
export interface Occurrence {
  readonly stream: string;
  readonly eventId: string;
  readonly revision: bigint;
}

export type Direction = 'forwards' | 'backwards';

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
    const events = await this.page('end', 'ORDER BY position DESC LIMIT 1', []);
    const last = events[0];
    return last === undefined ? { last: 0n, next: 1n } : { last: last.position, next: positionAfter(last) };
  }

  /** The last revisions of those of `streams` that exist. Read by the owner: what it wrote, it sees. */
  async heads(streams: readonly string[]): Promise<Map<string, bigint>> {
    const { rows } = await this.owner.query<[string, string | null]>({
      name: 'heads',
      rowMode: 'array',
      text: `SELECT s, (SELECT max(revision) FROM event_store.events WHERE stream = s)
             FROM unnest($1::text[]) AS s`,
      values: [streams],
    });
    return new Map(
      rows.flatMap(([stream, head]) => (head === null ? [] : [[stream, BigInt(head)] as const])),
    );
  }

  /** Everywhere that events with these ids stand, in rising order of revision. */
  async occurrences(eventIds: readonly string[]): Promise<Occurrence[]> {
    const { rows } = await this.owner.query<[string, string, string]>({
      name: 'occurrences',
      rowMode: 'array',
      text: `SELECT stream, event_id, revision FROM event_store.events
             WHERE event_id = ANY($1::uuid[]) ORDER BY revision`,
      values: [binaryArray(TYPE.uuid, eventIds.map(uuid))],
    });
    return rows.map(([stream, eventId, revision]) => ({ stream, eventId, revision: BigInt(revision) }));
  }

  /** The positions of these events. */
  async positionsOf(events: readonly { stream: string; revision: bigint }[]): Promise<bigint[]> {
    const { rows } = await this.owner.query<[string]>({
      name: 'positions',
      rowMode: 'array',
      text: `SELECT position FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted (s, r, n)
             JOIN event_store.events ON stream = s AND revision = r ORDER BY n`,
      values: [events.map((event) => event.stream), events.map((event) => event.revision)],
    });
    return rows.map(([position]) => BigInt(position));
  }

  /** Writes all of these or none, and resolves when Postgres has flushed them to disk. */
  async write(events: readonly RecordedEvent[]): Promise<void> {
    const column = (type: number, value: (event: RecordedEvent) => Uint8Array) =>
      binaryArray(type, events.map(value));
    await this.owner.query({
      name: 'write',
      text: `INSERT INTO event_store.events
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[],
                                  $6::boolean[], $7::timestamptz[], $8::bytea[], $9::bytea[])`,
      values: [
        column(TYPE.int8, (event) => int8(event.position)),
        column(TYPE.text, (event) => Buffer.from(event.stream)),
        column(TYPE.int8, (event) => int8(event.revision)),
        column(TYPE.uuid, (event) => uuid(event.id)),
        column(TYPE.text, (event) => Buffer.from(event.type)),
        column(TYPE.bool, (event) => bool(event.isJson)),
        column(TYPE.timestamptz, (event) => int8(BigInt((event.created - POSTGRES_EPOCH_MS) * 1000))),
        column(TYPE.bytea, (event) => event.data),
        column(TYPE.bytea, (event) => event.metadata),
      ],
    });
  }

  /** At most `limit` events of one stream, from `revision` on, itself included. */
  streamPage(
    stream: string,
    revision: bigint,
    direction: Direction,
    limit: number,
  ): Promise<RecordedEvent[]> {
    return direction === 'forwards'
      ? this.page('stream-f', 'WHERE stream = $1 AND revision >= $2 ORDER BY revision LIMIT $3', [
          stream,
          revision,
          limit,
        ])
      : this.page('stream-b', 'WHERE stream = $1 AND revision <= $2 ORDER BY revision DESC LIMIT $3', [
          stream,
          revision,
          limit,
        ]);
  }

  /** At most `limit` events of the whole log: forwards from `position` on, backwards those before it. */
  allPage(position: bigint, direction: Direction, limit: number): Promise<RecordedEvent[]> {
    return direction === 'forwards'
      ? this.page('all-f', 'WHERE position >= $1 ORDER BY position LIMIT $2', [position, limit])
      : this.page('all-b', 'WHERE position < $1 ORDER BY position DESC LIMIT $2', [position, limit]);
  }

  private async page(name: string, clause: string, values: unknown[]): Promise<RecordedEvent[]> {
    const { rows } = await this.readers.query<Row>({
      name,
      rowMode: 'array',
      text: `SELECT ${COLUMNS} FROM event_store.events ${clause}`,
      values,
    });
    return rows.map(recorded);
  }
}

/** Positions grow by an event's size, as offsets in a file do. */
export function positionAfter(event: RecordedEvent): bigint {
  return event.position + BigInt(64 + event.type.length + event.data.length + event.metadata.length);
}

function recorded([
  position,
  stream,
  revision,
  id,
  type,
  isJson,
  created,
  data,
  metadata,
]: Row): RecordedEvent {
  return {
    position: BigInt(position),
    stream,
    revision: BigInt(revision),
    id,
    type,
    isJson,
    created: Number(created),
    data,
    metadata,
  };
}

/** Waits a moment, since a server that was killed just now may still be letting go. */
async function takeLock(owner: pg.Client): Promise<void> {
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
const LOCK_NOT_AVAILABLE = '55P03';
