import { expect, it } from 'vitest';
import { busy, unavailable } from '../../src/commands/outcome.js';
import { handedPurchase } from '../../src/commands/queue/handed-over.js';
import { Waiter } from '../../src/commands/queue/waiter.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { request } from './support.js';

const handed = handedPurchase(request('c1', 'ann'), true);

const waiting = (clock = systemClock) => new Waiter(handed, 't1', clock, () => {});

/** On which every time-out is over at once. */
const atOnce: Clock = {
  ...systemClock,
  after: (_ms, callback) => {
    callback();
    return () => {};
  },
};

it('a purchase in the queue is told its place when its process stops', async () => {
  const waiter = waiting();
  const told = waiter.wait(60_000, 3);
  waiter.stopWaiting();
  expect(await told).toEqual({ kind: 'queued', purchaseId: handed.entryId, position: 3 });
});

it('a purchase that has left the queue is told its outcome, and no place', async () => {
  const [stopped, late] = [waiting(), waiting(atOnce)];
  for (const waiter of [stopped, late]) waiter.leave();
  const told = [stopped.wait(60_000, 3), late.wait(1, 3)];
  stopped.stopWaiting();
  late.replied(busy());
  await systemClock.turn();
  for (const waiter of [stopped, late]) waiter.answer(unavailable('the log is away'));
  expect((await Promise.all(told)).map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
});
