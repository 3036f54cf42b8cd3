import { expect, test } from 'vitest';
import { LogModel } from '../../src/domain/audit/log-model.js';
import { emptyConcert, fold, vipRemaining } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';

/** Logs that no decider writes, but mode `unsafe` may, or a hand. */

const outcomeOf = (...events: readonly ConcertEvent[]) => {
  const concert = fold(emptyConcert('c1'), events);
  const model = new LogModel();
  for (const event of events) model.add(event);
  return {
    sold: concert.live,
    held: Object.fromEntries(['ann', 'bob'].map((name) => [name, concert.holdings.get(name) ?? 0])),
    vipRemaining: vipRemaining(concert),
    tickets: concert.purchases.get('purchase-of-ann')?.tickets.map(({ number, seat }) => [number, seat]),
    inBooks: [model.live, model.vipLive],
  };
};

const start = scheduled({ capacity: 9, vipSeats: 2, ticketsPerCustomer: 9 });
const sale = [start, reserved('ann', 1), vip('ann', 1, 'VIP-1'), reserved('ann', 2), reserved('bob', 3)];
const nothingReleased = { sold: 3, held: { ann: 2, bob: 1 }, vipRemaining: 1, inBooks: [3, 1] };

test('a cancellation of a purchase that was never made releases nothing, whatever it states', () => {
  expect(outcomeOf(...sale, cancelled('eve', [1, 2, 3], ['VIP-1']))).toMatchObject(nothingReleased);
});

test('a cancellation releases the tickets that the purchase has, not those that it states', () => {
  const released = { sold: 1, held: { ann: 0, bob: 1 }, vipRemaining: 2, inBooks: [1, 0] };
  expect(outcomeOf(...sale, cancelled('ann', [3]))).toMatchObject(released);
  expect(outcomeOf(...sale, cancelled('ann', [1, 2, 3, 4], ['VIP-2']))).toMatchObject(released);
});

test('a purchase that is cancelled twice releases its tickets once', () => {
  const twice = [cancelled('ann', [1, 2], ['VIP-1']), cancelled('ann', [1, 2], ['VIP-1'])];
  expect(outcomeOf(...sale, ...twice)).toMatchObject({ sold: 1, vipRemaining: 2, inBooks: [1, 0] });
});

test('a cancelled purchase that is sold again begins from nothing: its next cancellation releases the new tickets alone', () => {
  const again = [...sale, cancelled('ann', [1, 2], ['VIP-1']), reserved('ann', 4)];
  expect(outcomeOf(...again)).toMatchObject({
    sold: 2,
    held: { ann: 1, bob: 1 },
    tickets: [[4, null]],
    inBooks: [2, 0],
  });
  expect(outcomeOf(...again, cancelled('ann', [4]))).toMatchObject({
    sold: 1,
    held: { ann: 0, bob: 1 },
    vipRemaining: 2,
    inBooks: [1, 0],
  });
});

test('a seat goes to the ticket last sold under its number, and to none that is not out', () => {
  const twice = [
    start,
    reserved('ann', 1),
    vip('ann', 1, 'VIP-1'),
    reserved('ann', 1),
    vip('ann', 1, 'VIP-2'),
  ];
  expect(outcomeOf(...twice).tickets).toEqual([
    [1, 'VIP-1'],
    [1, 'VIP-2'],
  ]);
  expect(outcomeOf(...twice, cancelled('ann', []))).toMatchObject({ sold: 0, inBooks: [0, 0] });
  expect(outcomeOf(...sale, vip('ann', 7, 'VIP-2'), vip('eve', 1, 'VIP-2'))).toMatchObject(nothingReleased);
  const late = [cancelled('ann', [1, 2], ['VIP-1']), vip('ann', 2, 'VIP-2')];
  expect(outcomeOf(...sale, ...late)).toMatchObject({ sold: 1, vipRemaining: 2, inBooks: [1, 0] });
});
