import type { Concert } from '../domain/concert.js';
import { evolve } from '../domain/concert.js';
import type { AppendResult, ExpectedRevision } from '../event-store/append.js';
import type { NewEvent } from '../event-store/codec.js';
import { UnreadableLog } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { RecordedEvent } from '../event-store/recorded-event.js';

/** The log as deciders see it: states in, events out. */
export class ConcertLog {
  constructor(private readonly store: EventStore) {}

  /**
   * The state at the end of the log now, read on from `known`.
   * @throws {EventStoreUnavailable} when the log does not answer
   * @throws {UnreadableLog} when it holds an event that this version does not know
   */
  async catchUp(known: Concert): Promise<Concert> {
    let concert = known;
    for await (const page of this.store.read(known.concertId, known.revision + 1n)) {
      for (const { decoded, revision, concertId } of page) {
        if (!decoded.ok)
          throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
        concert = evolve(concert, decoded.event);
      }
    }
    return concert;
  }

  /** The concert's last event, null when it has none. @throws {EventStoreUnavailable} */
  last(concertId: string): Promise<RecordedEvent | null> {
    return this.store.readLast(concertId);
  }

  /** Null when the concert's log ends before that revision. @throws {EventStoreUnavailable} */
  async eventAt(concertId: string, revision: bigint): Promise<RecordedEvent | null> {
    for await (const [event] of this.store.read(concertId, revision, 1)) return event ?? null;
    return null;
  }

  append(concertId: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult> {
    return this.store.append(concertId, expected, events);
  }
}
