import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyConcert, fold, vipRemaining } from '../../src/domain/concert.js';
import { SeatSet } from '../../src/domain/seat-set.js';
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

/** With a list sorted at every cancellation this took 40 s; the time-out is a guard against that, not a measurement. */
it('forty thousand VIP purchases are cancelled one after the other, and their seats go out again', () => {
  const count = 40_000;
  const seats = Array.from({ length: count }, (_, i) => i + 1);
  const sold = seats.flatMap((n) => [reserved(`c${n}`, n), vip(`c${n}`, n, `VIP-${n}`)]);
  const back = seats.toReversed().map((n) => cancelled(`c${n}`, [n], [`VIP-${n}`]));
  const terms = scheduled({ capacity: count, vipSeats: count });
  const concert = fold(emptyConcert('c1'), [terms, ...sold, ...back]);
  expect(concert.freedVipSeats.lowest(3)).toEqual([1, 2, 3]);
  expect(vipRemaining(concert)).toBe(count);
  const again = seats.flatMap((n) => [reserved(`d${n}`, count + n), vip(`d${n}`, count + n, `VIP-${n}`)]);
  expect(fold(concert, again).freedVipSeats.size).toBe(0);
}, 30_000);
