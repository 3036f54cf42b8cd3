import type { IdentifiedEvent } from '../../src/domain/ids.js';
import type { ExpectedRevision } from '../../src/domain/log/append.js';
import type { Position, RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { ServerHealth } from './server-health.js';

/**
 * The log as EventStoreDB keeps it: streams of events in order, appends that are written whole or not at all. Its rules for
 * repeated appends are those of the server, and `test/contracts` holds them against it.
 */
export class LogServer {
  readonly health = new ServerHealth('the log');
  /** Written once, when the service first starts on the log; a backup has it too. */
  logId: string | null = null;
  readonly #streams = new Map<string, RecordedEvent[]>();
  /** The events of all streams; the position of each is its place here, from 1. */
  #all: RecordedEvent[] = [];
  readonly #subscribers = new Set<() => void>();

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

  /** Up to `count` events of all concerts after a position. */
  readAll(after: Position | null, count: number): readonly RecordedEvent[] {
    const from = Number(after?.commit ?? 0n);
    return this.#all.slice(from, from + count);
  }

  end(): Position | null {
    return this.#all.at(-1)?.position ?? null;
  }

  /** Calls back after each append, until the returned function is called. */
  onAppended(listener: () => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  /** Starts again from a backup that has all events up to a position. */
  restore(end: bigint): void {
    this.#all = this.#all.slice(0, Number(end));
    for (const stream of this.#streams.values())
      stream.splice(stream.filter(({ position }) => (position?.commit ?? 0n) <= end).length);
    this.health.cut();
  }

  #write(concertId: string, stream: RecordedEvent[], events: readonly IdentifiedEvent[]): bigint {
    this.#streams.set(concertId, stream);
    const recordedAt = new Date(this.now());
    for (const { id, event } of events) {
      const place = BigInt(this.#all.length + 1);
      const { type, data } = event;
      const recorded: RecordedEvent = {
        ...{ id, concertId, type, revision: BigInt(stream.length), recordedAt },
        position: { commit: place, prepare: place },
        ...{ decoded: { ok: true, event }, data, metadata: { schemaVersion: 1 } },
      };
      stream.push(recorded);
      this.#all.push(recorded);
    }
    this.onWritten(stream.slice(-events.length));
    for (const listener of this.#subscribers) listener();
    return BigInt(stream.length) - 1n;
  }
}
