import { expect } from 'vitest';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';

export const NOW = '2026-03-01T10:00:00.000Z';

/** given(events).when(decision).gives(result, events): a decision on the fold of some history. */
export const given = (...history: readonly ConcertEvent[]) => ({
  when: <Result>(decide: (concert: Concert, now: string) => Decision<Result>) => {
    const [result, events] = decide(fold(emptyConcert('c1'), history), NOW);
    return {
      gives(expected: unknown, ...expectedEvents: readonly unknown[]): void {
        expect(result).toMatchObject(expected as object);
        expect(events).toMatchObject(expectedEvents);
        expect(events).toHaveLength(expectedEvents.length);
      },
    };
  },
});
