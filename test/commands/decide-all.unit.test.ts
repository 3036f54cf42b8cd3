import { expect, it } from 'vitest';
import { type AppendLimits, decideAll } from '../../src/commands/deciding/decide-all.js';
import { PendingCommandOf } from '../../src/commands/pending-command.js';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { reserved } from '../domain/concert-events.js';
import { held, holdSeconds, joined, secondsOn, withHolds } from '../domain/hold-events.js';
import { NOW } from '../support/scenario.js';

/** Half a second after a hold's expiry it is due. */
const whenDue = secondsOn(holdSeconds + 1);
const limits: AppendLimits = { events: 500, commands: 500 };

const stateAfter = (...history: readonly ConcertEvent[]): Concert => fold(emptyConcert('c1'), history);

const command = <Result>(decide: ConstructorParameters<typeof PendingCommandOf<Result>>[0]['decide']) =>
  new PendingCommandOf({ concertId: 'c1', decide });

const buys = (customerId: string, quantity = 1) =>
  command((concert, now) =>
    purchaseTickets(
      {
        purchaseId: `purchase-of-${customerId}`,
        idempotencyKey: `key-of-${customerId}`,
        ...{ customerId, quantity, arrivedAt: NOW },
      },
      concert,
      now,
    ),
  );

const confirms = (customerId: string, arrivedAt: string) => {
  const needsHold = { holdId: `hold-of-${customerId}`, arrivedAt };
  return new PendingCommandOf({
    concertId: 'c1',
    needsHold,
    decide: (concert: Concert, now: string) =>
      confirmHold({ ...needsHold, reference: `payment of ${customerId}` }, concert, now),
  });
};

const kinds = (events: readonly ConcertEvent[]) =>
  events.map(({ type, data }) => {
    const whose = 'holdIds' in data ? data.holdIds.map((id) => id.slice('hold-of-'.length)).join() : '';
    return `${type} ${'customerId' in data ? data.customerId : whose}`.trim();
  });

it('what time has freed is sold in the append that ends the hold', () => {
  const state = stateAfter(withHolds({ capacity: 1, waitingList: false }), held('ada'));
  const { count, events } = decideAll(state, [buys('bob')], limits, whenDue);
  expect(count).toBe(1);
  expect(kinds(events)).toEqual(['HoldsExpired ada', 'TicketReserved bob']);
});

it('nothing is due before the grace period is over', () => {
  const state = stateAfter(withHolds({ capacity: 1, waitingList: false }), held('ada'));
  expect(decideAll(state, [buys('bob')], limits, secondsOn(holdSeconds + 0.4)).events).toEqual([]);
});

it('a hold does not expire before a confirmation that arrived in time and waits in the same batch', () => {
  const state = stateAfter(withHolds({ capacity: 2 }), held('ada'), held('bob'));
  const pending = [buys('eve'), confirms('ada', secondsOn(holdSeconds - 1))];
  const { events } = decideAll(state, pending, limits, whenDue);
  expect(kinds(events)).toEqual([
    ...['HoldsExpired bob', 'TicketReserved eve'],
    ...['HoldConfirmed ada', 'TicketReserved ada'],
  ]);
});

it('a confirmation that arrived too late protects nothing', () => {
  const state = stateAfter(withHolds({ capacity: 1 }), held('ada'));
  const pending = [buys('eve'), confirms('ada', secondsOn(holdSeconds))];
  const { events } = decideAll(state, pending, limits, whenDue);
  expect(kinds(events)).toEqual(['HoldsExpired ada', 'TicketReserved eve']);
});

it('what a command frees is offered to the waiting list before the next command is decided', () => {
  const state = stateAfter(withHolds({ capacity: 1 }), held('ada'), joined('wim'));
  const releases = command((concert, now) => releaseHold('hold-of-ada', concert, now));
  const { count, events } = decideAll(state, [releases, buys('eve')], limits, NOW);
  expect(count).toBe(2);
  expect(kinds(events)).toEqual(['HoldReleased ada', 'TicketsHeld wim']);
});

it('cancelled purchases and more capacity go to the waiting list too', () => {
  const state = stateAfter(withHolds({ capacity: 1 }), reserved('ada', 1), joined('wim'), joined('xia'));
  const cancels = command((concert, now) =>
    cancelPurchase([...concert.purchases.keys()][0] ?? '', concert, now),
  );
  const adds = command((concert, now) => changeConcert({ capacity: 2 }, concert, now));
  const { events } = decideAll(state, [cancels, adds], limits, NOW);
  expect(kinds(events)).toEqual([
    ...['PurchaseCancelled ada', 'TicketsHeld wim'],
    ...['CapacityChanged', 'TicketsHeld xia'],
  ]);
});

it('what does not fit an append is due in the next one, and none of it is lost', () => {
  const customers = Array.from({ length: 4_450 }, (_, i) => `customer ${i}`);
  let state = stateAfter(
    withHolds({ capacity: 4_450, waitingList: false }),
    ...customers.map((name) => held(name)),
  );
  const sizes: number[] = [];
  for (;;) {
    const { events, concert } = decideAll(state, [], limits, secondsOn(holdSeconds + 2));
    if (events.length === 0) break;
    for (const { data } of events) if ('holdIds' in data) sizes.push(data.holdIds.length);
    state = concert;
  }
  expect(sizes).toEqual([2_000, 2_000, 450]);
  expect(state.holds.held).toBe(0);
});

it('offers that do not fit an append are due in the next one, and meanwhile the stock is nobody else’s', () => {
  const waiting = Array.from({ length: 300 }, (_, i) => `customer ${i}`);
  const state = stateAfter(
    withHolds({ capacity: 1 }),
    reserved('ada', 1),
    ...waiting.map((name) => joined(name)),
  );
  const adds = command((concert, now) => changeConcert({ capacity: 301 }, concert, now));
  const first = decideAll(state, [adds, buys('eve')], { events: 100, commands: 500 }, NOW);
  expect(first.count).toBe(2);
  expect(first.events).toHaveLength(100);
  expect(kinds(first.events)).not.toContain('TicketReserved eve');
  const second = decideAll(first.concert, [buys('eve')], limits, NOW);
  expect(kinds(second.events).slice(0, 2)).toEqual(['TicketsHeld customer 99', 'TicketsHeld customer 100']);
});

it('a clock that is behind the log brings no lapsed hold back, and decides at the time of the log', () => {
  const later = secondsOn(2 * holdSeconds);
  const state = stateAfter(
    withHolds({ capacity: 2, waitingList: false }),
    ...[held('ada'), held('bob', { expiresAt: later })],
  );
  const { concert } = decideAll(state, [], limits, whenDue);
  const late = confirms('ada', secondsOn(holdSeconds + 2));
  const { events } = decideAll(concert, [buys('eve'), late], limits, NOW);
  expect(kinds(events)).toEqual(['TicketReserved eve']);
  expect(events[0]?.data).toMatchObject({ decidedAt: whenDue });
});
