import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeatSet } from '../../src/domain/collections/seat-set.js';
import { emptyConcert, evolve, fold, vipRemaining } from '../../src/domain/concert.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';

const numbers = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 2 ** 30 - 1 }));
const steps = fc.array(fc.record({ number: numbers, add: fc.boolean() }), { maxLength: 200 });

it('a set of seats is what a sorted list would be, and older ones stay as they were', () => {
  fc.assert(
    fc.property(steps, fc.nat({ max: 10 }), (commands, count) => {
      let set = SeatSet.empty;
      let model: number[] = [];
      const before: [SeatSet, number[]][] = [];
      for (const { number, add } of commands) {
        before.push([set, model]);
        set = add ? set.add(number) : set.delete(number);
        const others = model.filter((each) => each !== number);
        model = add ? [...others, number].sort((a, b) => a - b) : others;
        expect(set.size).toBe(model.length);
      }
      for (const [older, then] of before) expect([...older]).toEqual(then);
      expect([...set]).toEqual(model);
      expect(set.lowest(count)).toEqual(model.slice(0, count));
      expect(set).toEqual(SeatSet.of(model));
    }),
  );
});

it('what is no number of a seat is left out', () => {
  for (const number of [-1, 0.5, Number.NaN, 2 ** 30, Number.POSITIVE_INFINITY]) {
    expect(SeatSet.empty.add(number).size).toBe(0);
    expect(SeatSet.of([1]).delete(number).size).toBe(1);
  }
});

it('VIP purchases are cancelled one after the other, and their seats go out again', () => {
  const count = 2_000;
  const seats = Array.from({ length: count }, (_, i) => i + 1);
  const sold = seats.flatMap((n) => [reserved(`c${n}`, n), vip(`c${n}`, n, `VIP-${n}`)]);
  const back = seats.toReversed().map((n) => cancelled(`c${n}`, [n], [`VIP-${n}`]));
  const terms = scheduled({ capacity: count, vipSeats: count });
  const concert = fold(emptyConcert('c1'), [terms, ...sold, ...back]);
  expect(concert.freedVipSeats.lowest(3)).toEqual([1, 2, 3]);
  expect(vipRemaining(concert)).toBe(count);
  const again = seats.flatMap((n) => [reserved(`d${n}`, count + n), vip(`d${n}`, count + n, `VIP-${n}`)]);
  expect(fold(concert, again).freedVipSeats.size).toBe(0);
});

/** All that a value is made of. */
function partsOf(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const each of Object.values(value)) partsOf(each, found);
  return found;
}

it.each([40, 40_000])('with %i seats free, to free one more or give one out makes little new', (count) => {
  const freed = SeatSet.of(Array.from({ length: count }, (_, i) => i + 1));
  const last = `VIP-${count + 1}`;
  const events = [scheduled({ capacity: count + 1, vipSeats: count + 1 }), reserved('ann', 1)];
  const before = { ...fold(emptyConcert('c1'), [...events, vip('ann', 1, last)]), freedVipSeats: freed };
  const oneMore = evolve(before, cancelled('ann', [1], [last]));
  const oneLess = fold(before, [reserved('bob', 2), vip('bob', 2, 'VIP-1')]);
  expect([oneMore, oneLess].map(({ freedVipSeats }) => freedVipSeats.size)).toEqual([count + 1, count - 1]);
  const known = partsOf(freed);
  const entriesOf = (parts: Iterable<object>) =>
    [...parts].reduce((sum, part) => sum + Object.keys(part).length, 0);
  // All of it is in sight: a number takes at least a bit.
  expect(entriesOf(known)).toBeGreaterThan(count / 32);
  for (const { freedVipSeats } of [oneMore, oneLess]) {
    const made = [...partsOf(freedVipSeats)].filter((part) => !known.has(part));
    expect(entriesOf(made)).toBeLessThan(250);
  }
});
