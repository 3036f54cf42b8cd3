import { type Concert, compacted, emptyConcert, evolve } from '../domain/concert.js';
import { UnreadableLog } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { RecordedEvent } from '../event-store/recorded-event.js';
import type { Moment } from './moment.js';

export interface StateAt {
  /** Status `unknown` when nothing had happened by then. */
  readonly concert: Concert;
  /** When its last event was recorded; null when there is none. */
  readonly recordedAt: Date | null;
}

/**
 * A concert as it was, folded from its log. Times are those at which the store recorded events; a moment behind the end of
 * the log is its end.
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
  let concert = emptyConcert(concertId);
  let recordedAt: Date | null = null;
  const mostEvents = moment.kind === 'revision' ? Number(moment.revision + 1n) : undefined;
  for await (const page of store.read(concertId, 0n, mostEvents, signal)) {
    for (const recorded of page) {
      if (moment.kind === 'time' && recorded.recordedAt > moment.time) return { concert, recordedAt };
      concert = compacted(evolve(concert, readable(recorded)));
      recordedAt = recorded.recordedAt;
    }
  }
  return { concert, recordedAt };
}

/** @throws {UnreadableLog} */
export function readable({ decoded, concertId, revision }: RecordedEvent) {
  if (!decoded.ok) throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
  return decoded.event;
}
