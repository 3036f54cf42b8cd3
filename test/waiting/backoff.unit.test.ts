import { expect, it } from 'vitest';
import { backoff } from '../../src/waiting/backoff.js';
import type { Clock } from '../../src/waiting/clock.js';

/** A clock that jumps to the end of each wait, and notes how long it was. */
function jumpingClock(random: number): { readonly clock: Clock; readonly pauses: number[] } {
  let at = 0;
  const pauses: number[] = [];
  const clock: Clock = {
    wallTime: () => '2026-01-01T00:00:00.000Z',
    monotonic: () => at,
    after(ms, callback) {
      pauses.push(ms);
      at += ms;
      queueMicrotask(callback);
      return () => {};
    },
    turn: async () => {},
    random: () => random,
  };
  return { clock, pauses };
}

const triesOf = async (tries: AsyncIterable<number>): Promise<readonly number[]> => {
  const all: number[] = [];
  for await (const retry of tries) all.push(retry);
  return all;
};

it('the pauses double up to the longest, and the last is cut short at the end of the time', async () => {
  const { clock, pauses } = jumpingClock(0.5);
  expect(await triesOf(backoff({ firstMs: 2, longestMs: 8, totalMs: 14 }, clock))).toEqual([
    0, 1, 2, 3, 4, 5,
  ]);
  expect(pauses).toEqual([1, 2, 4, 4, 3]);
});

it('without time there is one try', async () => {
  const { clock, pauses } = jumpingClock(0.5);
  expect(await triesOf(backoff({ firstMs: 2, longestMs: 8, totalMs: 0 }, clock))).toEqual([0]);
  expect(pauses).toEqual([]);
});
