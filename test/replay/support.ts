import type { ConcertEvent } from '../../src/domain/events/events.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { logged } from '../projections/random-log.js';

/** A log of one concert, as the event store would read it. Recorded a second apart, from noon on. */
export function storeOf(concertId: string, events: readonly ConcertEvent[]) {
  const recorded: readonly RecordedEvent[] = events.map(
    (event, i) => logged(concertId, BigInt(i), event, BigInt(i), new Date(NOON + i * 1_000)).event,
  );
  return {
    async *read(id: string, from: bigint, maxCount = recorded.length) {
      if (id === concertId) yield recorded.slice(Number(from), Number(from) + maxCount);
    },
  };
}

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
