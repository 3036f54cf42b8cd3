import { comparePositions, formatPosition, type Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Checkpoint } from './checkpoints.js';

/** The properties that identify a log. */
export type IdentifiedLog = Pick<EventStore, 'logId' | 'end' | 'read'>;

type Origin = Pick<Checkpoint, 'logId' | 'lastEvent' | 'position'>;

/**
 * Compares the log at hand with the checkpoints' record of the log that their tables were built from: its id, the last event
 * that was applied, and its end. One check of the log serves any number of checkpoints, also those written since.
 */
export class LogCheck {
  readonly #lastEvents = new Map<string, Promise<string | null>>();
  #end: Position | null;

  private constructor(
    private readonly store: IdentifiedLog,
    /** Null for a log on which no service has started. */
    readonly logId: string | null,
    end: Position | null,
  ) {
    this.#end = end;
  }

  /** @throws {EventStoreUnavailable} */
  static async of(store: IdentifiedLog): Promise<LogCheck> {
    const logId = await store.logId();
    return new LogCheck(store, logId, await store.end());
  }

  /** Why tables cannot have been built from this log; null when they can. @throws {EventStoreUnavailable} */
  async whyForeign({ logId, lastEvent, position }: Origin): Promise<string | null> {
    if (logId !== null && logId !== this.logId) {
      return `made from another log (${logId}); this one is ${this.logId ?? 'one without an id'}`;
    }
    if (lastEvent !== null && (await this.#idAt(lastEvent)) !== lastEvent.id) {
      const { id, concertId, revision } = lastEvent;
      return (
        `made from another log: the last event that was taken, ${id} (concert ${concertId}, revision ${revision}), is not ` +
        'in this one, which may be an older backup'
      );
    }
    if (position !== null && (await this.#endsBefore(position))) {
      const end = this.#end === null ? 'is empty' : `ends at ${formatPosition(this.#end)}`;
      return `made from another log: they have come to ${formatPosition(position)}, and this one ${end}`;
    }
    return null;
  }

  /** Log and tables grow between two reads while a concert sells: the end must be read after the position. */
  async #endsBefore(position: Position): Promise<boolean> {
    if (!this.#reaches(position)) this.#end = await this.store.end();
    return !this.#reaches(position);
  }

  #reaches(position: Position): boolean {
    return this.#end !== null && comparePositions(position, this.#end) <= 0;
  }

  #idAt({ concertId, revision }: NonNullable<Origin['lastEvent']>): Promise<string | null> {
    const key = `${concertId}@${revision}`;
    const known = this.#lastEvents.get(key) ?? this.#readIdAt(concertId, revision);
    this.#lastEvents.set(key, known);
    return known;
  }

  async #readIdAt(concertId: string, revision: bigint): Promise<string | null> {
    for await (const [event] of this.store.read(concertId, revision, 1)) {
      return event?.revision === revision ? event.id : null;
    }
    return null;
  }
}
