import { type Concert, compacted, emptyConcert, evolve } from '../../domain/concert.js';
import { UnreadableLog } from '../../domain/log/errors.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Moment } from './moment.js';

export interface StateAt {
  /** The status is `unknown` when the log had no event by then. */
  readonly concert: Concert;
  /** When its last event was recorded; null when there is none. */
  readonly recordedAt: Date | null;
}

/**
 * A concert as it was, folded from its log. Times are those at which the store recorded events; a moment after the end of
 * the log means its end.
 * @throws {EventStoreUnavailable}
 * @throws {UnreadableLog}
 * @throws the reason of `signal` when that aborts
 */
export async function stateAt(
  store: Pick<EventStore, 'read'>,
  concertId: string,
  moment: Moment,
  signal?: AbortSignal,
): Promise<StateAt> {
  const story = new Story(emptyConcert(concertId));
  const mostEvents = moment.kind === 'revision' ? Number(moment.revision + 1n) : undefined;
  for await (const page of store.read(concertId, 0n, mostEvents, signal)) {
    for (const recorded of page) story.add(recorded, moment);
  }
  return story.at;
}

/**
 * Clocks can be set back, so the last event recorded by a time may follow others with a later time. These count too, because that
 * event was decided on them.
 */
class Story {
  #at: StateAt;
  /** The state after all events so far; from the first event that cannot be read on, the reason why there is none. */
  #ahead: Concert | UnreadableLog;

  constructor(concert: Concert) {
    this.#at = { concert, recordedAt: null };
    this.#ahead = concert;
  }

  get at(): StateAt {
    return this.#at;
  }

  /** @throws {UnreadableLog} for an event up to the moment that cannot be read, or that follows a gap */
  add(recorded: RecordedEvent, moment: Moment): void {
    const ahead = foldedOrWhy(this.#ahead, recorded);
    this.#ahead = ahead;
    const { recordedAt } = recorded;
    const isBy = moment.kind === 'time' ? recordedAt <= moment.time : recorded.revision <= moment.revision;
    if (!isBy) return;
    if (ahead instanceof UnreadableLog) throw ahead;
    this.#at = { concert: ahead, recordedAt };
  }
}

function foldedOrWhy(concert: Concert | UnreadableLog, recorded: RecordedEvent): Concert | UnreadableLog {
  if (concert instanceof UnreadableLog) return concert;
  const { concertId, revision, decoded } = recorded;
  if (!decoded.ok) return new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
  if (revision !== concert.revision + 1n) {
    return new UnreadableLog(
      `concert ${concertId}: revisions ${concert.revision + 1n} to ${revision - 1n} are missing`,
    );
  }
  return compacted(evolve(concert, decoded.event));
}

/** @throws {UnreadableLog} */
export function readable({ decoded, concertId, revision }: RecordedEvent) {
  if (!decoded.ok) throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
  return decoded.event;
}
