import type { IdentifiedEvent } from '../../src/domain/ids.js';
import type { ExpectedRevision } from '../../src/domain/log/append.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { ServerHealth } from './server-health.js';

/**
 * The log as EventStoreDB keeps it: streams of events in order, appends that are written whole or not at all. Its rules for
 * repeated appends are those of the server, and `test/contracts` holds them against it.
 */
export class LogServer {
  readonly health = new ServerHealth('the log');
  readonly #streams = new Map<string, RecordedEvent[]>();
  #position = 0n;

  /**
   * @param now the time of the server, in ms since 1970
   * @param onWritten called for each append that was written, with its events
   */
  constructor(
    private readonly now: () => number,
    private readonly onWritten: (events: readonly RecordedEvent[]) => void = () => {},
  ) {}

  /** All events of a concert, in order. */
  eventsOf(concertId: string): readonly RecordedEvent[] {
    return this.#streams.get(concertId) ?? [];
  }

  /**
   * Writes the events after the end of the stream, or recognises them as written before: at an exact revision behind the end if
   * their ids stand at just the revisions after it, and at `any` if every id stands anywhere in the stream. The server compares
   * ids, never content. Null: the stream does not end at `expected`. Else the revision of the last event.
   */
  append(concertId: string, expected: ExpectedRevision, events: readonly IdentifiedEvent[]): bigint | null {
    const stream = this.#streams.get(concertId) ?? [];
    const end = BigInt(stream.length) - 1n;
    if (expected === 'any') {
      const [first, last] = [events[0], events.at(-1)].map((event) =>
        stream.findLast(({ id }) => id === event?.id),
      );
      if (first === undefined) return this.#write(concertId, stream, events);
      return last !== undefined && events.every(({ id }) => stream.some((known) => known.id === id))
        ? last.revision
        : null;
    }
    if (expected === end) return this.#write(concertId, stream, events);
    if (expected > end) return null;
    const written = events.every(({ id }, i) => stream[Number(expected) + 1 + i]?.id === id);
    return written ? expected + BigInt(events.length) : null;
  }

  /** Up to `count` events from a revision on. */
  read(concertId: string, from: bigint, count: number): readonly RecordedEvent[] {
    return this.eventsOf(concertId).slice(Number(from), Number(from) + count);
  }

  last(concertId: string): RecordedEvent | null {
    return this.eventsOf(concertId).at(-1) ?? null;
  }

  #write(concertId: string, stream: RecordedEvent[], events: readonly IdentifiedEvent[]): bigint {
    this.#streams.set(concertId, stream);
    const recordedAt = new Date(this.now());
    for (const { id, event } of events) {
      const position = { commit: ++this.#position, prepare: this.#position };
      const { type, data } = event;
      stream.push({
        ...{ id, concertId, type, revision: BigInt(stream.length), position, recordedAt },
        ...{ decoded: { ok: true, event }, data, metadata: { schemaVersion: 1 } },
      });
    }
    this.onWritten(stream.slice(-events.length));
    return BigInt(stream.length) - 1n;
  }
}
