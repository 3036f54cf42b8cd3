import fc from 'fast-check';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert } from '../../src/domain/concert-commands.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { joinWaitingList, leaveWaitingList } from '../../src/domain/holds/waiting-list.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import type { Recalled } from '../../src/domain/state/recall.js';
import { NOW } from '../support/scenario.js';
import { purchaseBy } from './concert-events.js';
import { holdBy, inOneAppend, withHolds } from './hold-events.js';

/** Random commands at a concert with holds and a waiting list, decided by processes whose clocks jump. */

export const holdMs = 10_000;
export const offerMs = 4_000;
export const start = Date.parse(NOW);

const id = fc.integer({ min: 0, max: 9 }).map((n) => `id-${n}`);
const request = {
  id,
  customer: fc.constantFrom('ann', 'bob', 'cem', 'dan'),
  quantity: fc.integer({ min: 1, max: 3 }),
};
const one = <Kind extends string>(kind: Kind) => fc.record({ kind: fc.constant(kind), id });
const what = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('purchase' as const), ...request }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('hold' as const), ...request }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('join' as const), ...request }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      id,
      reference: fc.constantFrom('p1', 'p2'),
    }),
  },
  { weight: 2, arbitrary: one('extend') },
  { weight: 2, arbitrary: one('release') },
  { weight: 1, arbitrary: one('leave') },
  { weight: 2, arbitrary: one('cancel') },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), capacity: fc.integer({ min: 0, max: 8 }) }),
  },
);
export const step = fc.record({
  what,
  /** Time that goes by before it. */
  ms: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 24 }).map((n) => n * 250),
  ),
  /** How far the clock of the process that decides is off. It jumps from one command to the next. */
  skew: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -30, max: 30 }).map((n) => n * 500) },
  ),
  /** How long before the decision the request arrived, by a clock that is right. */
  lag: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 8 }).map((n) => n * 250),
  ),
});
export type What = typeof what extends fc.Arbitrary<infer T> ? T : never;

export const text = (ms: number): string => new Date(ms).toISOString();

/** @param recalled what the state may have forgotten of the command's id */
export function decide(
  given: What,
  arrivedAt: string,
  recalled?: Recalled,
): (concert: Concert, now: string) => Decision<unknown> {
  switch (given.kind) {
    case 'purchase':
      return (concert, now) =>
        purchaseTickets(
          purchaseBy(given.customer, { ...asked(given), purchaseId: given.id, arrivedAt }),
          concert,
          now,
          recalled,
        );
    case 'hold':
      return (concert, now) =>
        holdTickets(
          holdBy(given.customer, { ...asked(given), holdId: given.id, arrivedAt }),
          concert,
          now,
          recalled,
        );
    case 'join':
      return (concert, now) =>
        joinWaitingList(
          holdBy(given.customer, { ...asked(given), holdId: given.id, arrivedAt }),
          concert,
          now,
          recalled,
        );
    case 'confirm':
      return (concert, now) =>
        confirmHold({ holdId: given.id, reference: given.reference, arrivedAt }, concert, now, recalled);
    case 'extend':
      return (concert, now) => extendHold({ holdId: given.id, arrivedAt }, concert, now, recalled);
    case 'release':
      return (concert, now) => releaseHold(given.id, concert, now, recalled);
    case 'leave':
      return (concert, now) => leaveWaitingList(given.id, concert, now, recalled);
    case 'cancel':
      return (concert, now) => cancelPurchase(given.id, concert, now, recalled);
    case 'resize':
      return (concert, now) => changeConcert({ capacity: given.capacity }, concert, now);
  }
}

const asked = ({ id: key, quantity }: { id: string; quantity: number }) => ({
  idempotencyKey: key,
  quantity,
});

export const scheduledWithHolds = (
  capacity: number,
  vipSeats: number,
  ticketsPerCustomer: number,
): ConcertEvent =>
  withHolds({
    ...{ capacity, vipSeats, ticketsPerCustomer },
    ...{ holdSeconds: holdMs / 1_000, offerSeconds: offerMs / 1_000 },
  });

/** The log of a concert at which such commands were decided. */
export const holdLog = fc.array(step, { minLength: 5, maxLength: 60 }).map((steps) => {
  const log = [scheduledWithHolds(4, 2, 3)];
  let concert = fold(emptyConcert('c1'), log);
  let time = start;
  for (const { what: given, ms, skew, lag } of steps) {
    time += ms;
    const [, events] = inOneAppend(decide(given, text(time - lag)))(concert, text(time + skew));
    concert = fold(concert, events);
    log.push(...events);
  }
  return log;
});
