import { comparePositions, formatPosition, type Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Checkpoint } from './checkpoints.js';

/** What tells one log from another. */
export type IdentifiedLog = Pick<EventStore, 'logId' | 'end' | 'read'>;

type Origin = Pick<Checkpoint, 'logId' | 'lastEvent' | 'position'>;

/**
 * Holds the log at hand against what checkpoints say of the log that their tables were made from: its id, the last event that
 * they took, and how far it went. One look at the log serves any number of checkpoints, also those that were written since.
 */
export class LogCheck {
  readonly #lastEvents = new Map<string, Promise<string | null>>();
  #end: Position | null;

  private constructor(
    private readonly store: IdentifiedLog,
    /** Null for a log that no service has started on. */
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

  /** Why tables cannot have been made from this log; null when they can. @throws {EventStoreUnavailable} */
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

  /** While a concert sells, log and tables grow between two looks: the end that counts is one read after the position was. */
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
