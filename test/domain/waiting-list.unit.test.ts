import { describe, expect, it } from 'vitest';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { due } from '../../src/domain/holds/due.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { joinWaitingList, leaveWaitingList } from '../../src/domain/holds/waiting-list.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { given, NOW } from '../support/scenario.js';
import { purchaseBy, reserved } from './concert-events.js';
import {
  confirmed,
  ended,
  held,
  holdBy,
  inOneAppend,
  joined,
  left,
  offered,
  secondsOn,
  withHolds,
} from './hold-events.js';

const join =
  (customer: string, more = {}, at = NOW) =>
  (concert: Concert) =>
    joinWaitingList(holdBy(customer, { arrivedAt: at, ...more }), concert, at);

const calledOff: ConcertEvent = { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: NOW } };
const leave = (customer: string) => (concert: Concert) =>
  leaveWaitingList(`hold-of-${customer}`, concert, NOW);

const refused = (reason: string, more = {}) => ({ kind: 'refused', refusal: { reason, ...more } });

const full = [withHolds({ capacity: 2, ticketsPerCustomer: 2 }), held('ann'), reserved('bob', 1)];

describe('joining the waiting list', () => {
  it('takes a place when nothing is left', () => {
    given(...full)
      .when(join('cem'))
      .gives(
        { kind: 'joined', hold: { status: 'waiting', reason: 'offer' } },
        { type: 'WaitingListJoined', data: { quantity: 1 } },
      );
  });

  it('is for those who cannot have the tickets now', () => {
    given(withHolds({ capacity: 2 }))
      .when(join('cem'))
      .gives(refused('tickets-left'));
    given(withHolds({ capacity: 2, ticketsPerCustomer: 2 }), reserved('bob', 1))
      .when(join('cem', { quantity: 2 }))
      .gives({ kind: 'joined' }, {});
  });

  it('done twice is done once, whatever has become of the place', () => {
    given(...full, joined('cem'))
      .when(join('cem'))
      .gives({ kind: 'replayed', hold: { status: 'waiting' } });
    given(...full, joined('cem'), left('cem'))
      .when(join('cem'))
      .gives({ kind: 'replayed', hold: { status: 'left' } });
    given(...full, joined('cem'), ended('HoldReleased', 'ann'), offered('cem'))
      .when(join('cem'))
      .gives({ kind: 'replayed', hold: { status: 'open' } });
    given(
      ...full,
      joined('cem'),
      ended('HoldReleased', 'ann'),
      offered('cem'),
      confirmed('cem', 'p'),
      reserved('cem', 2, { purchaseId: 'hold-of-cem' }),
    )
      .when(join('cem'))
      .gives({ kind: 'bought' });
  });

  it('with the key of something else is refused', () => {
    given(...full)
      .when(join('ann'))
      .gives(refused('key-reused'));
    given(...full, joined('cem'))
      .when(join('cem', { quantity: 2 }))
      .gives(refused('key-reused'));
    given(...full, joined('cem'))
      .when((concert) => holdTickets(holdBy('cem'), concert, NOW))
      .gives(refused('key-reused'));
  });

  it('counts what the customer has, holds and waits for already', () => {
    given(...full, joined('ann', { holdId: 'place of ann' }))
      .when(join('ann', { holdId: 'another' }))
      .gives(refused('limit-reached', { limit: 2, held: 2 }));
  });

  it('needs a concert that has one', () => {
    given(withHolds({ capacity: 1, waitingList: false }), reserved('bob', 1))
      .when(join('cem'))
      .gives(refused('no-waiting-list'));
    given(withHolds({ capacity: 1, offerSeconds: null }), reserved('bob', 1))
      .when(join('cem'))
      .gives(refused('no-waiting-list'));
  });
});

describe('leaving the waiting list', () => {
  it('gives the place up; done twice it is done once', () => {
    given(...full, joined('cem'))
      .when(leave('cem'))
      .gives({ kind: 'left', replayed: false }, { type: 'WaitingListLeft', data: { reason: 'request' } });
    given(...full, joined('cem'), left('cem'))
      .when(leave('cem'))
      .gives({ kind: 'left', replayed: true });
  });

  it('after an offer is too late: the hold is to be released', () => {
    given(...full, joined('cem'), ended('HoldReleased', 'ann'), offered('cem'))
      .when(leave('cem'))
      .gives(refused('already-offered'));
    given(...full)
      .when(leave('dan'))
      .gives(refused('not-waiting'));
    given(...full)
      .when(leave('ann'))
      .gives(refused('not-waiting'));
  });

  it('writes nothing after the concert was cancelled', () => {
    given(...full, joined('cem'), calledOff)
      .when(leave('cem'))
      .gives(refused('concert-cancelled'));
  });
});

describe('what comes back is offered in the same append to those who wait', () => {
  const waiting = [...full, joined('cem'), joined('dan')];
  const offer = (customerId: string, at = NOW) => ({
    type: 'TicketsHeld',
    data: { customerId, reason: 'offer', expiresAt: new Date(Date.parse(at) + 60_000).toISOString() },
  });

  it('when a hold is released', () => {
    given(...waiting)
      .when(inOneAppend((concert, now) => releaseHold('hold-of-ann', concert, now)))
      .gives({ kind: 'ended' }, { type: 'HoldReleased' }, offer('cem'));
  });

  it('when a hold expires', () => {
    const concert = fold(emptyConcert('c1'), waiting);
    expect(due(concert, secondsOn(601)).events).toMatchObject([
      { type: 'HoldsExpired' },
      offer('cem', secondsOn(601)),
    ]);
  });

  it('when a purchase is cancelled', () => {
    given(...waiting)
      .when(inOneAppend((concert, now) => cancelPurchase('purchase-of-bob', concert, now)))
      .gives({ kind: 'cancelled' }, { type: 'PurchaseCancelled' }, offer('cem'));
  });

  it('when the capacity grows, as far as it goes', () => {
    given(...waiting)
      .when(inOneAppend((concert, now) => changeConcert({ capacity: 4 }, concert, now)))
      .gives({ kind: 'done' }, { type: 'CapacityChanged' }, offer('cem'), offer('dan'));
  });

  it('when an offer lapses: it goes to the next', () => {
    const concert = fold(emptyConcert('c1'), [...waiting, ended('HoldReleased', 'ann'), offered('cem')]);
    expect(due(concert, secondsOn(61)).events).toMatchObject([
      { type: 'HoldsExpired', data: { holdIds: ['hold-of-cem'] } },
      offer('dan', secondsOn(61)),
    ]);
  });

  it('to the first for whom there is enough, who may have come later', () => {
    given(...full, joined('cem', { quantity: 2 }), joined('dan'))
      .when(inOneAppend((concert, now) => releaseHold('hold-of-ann', concert, now)))
      .gives({}, { type: 'HoldReleased' }, offer('dan'));
  });

  it('never beyond the limit: one who has reached it meanwhile loses the place', () => {
    const log = [...waiting, reserved('cem', 2), reserved('cem', 3)];
    given(...log, {
      type: 'CapacityChanged',
      data: { concertId: 'c1', capacity: 4, previousCapacity: 2, changedAt: NOW },
    })
      .when(inOneAppend((concert, now) => releaseHold('hold-of-ann', concert, now)))
      .gives(
        {},
        { type: 'HoldReleased' },
        { type: 'WaitingListLeft', data: { customerId: 'cem', reason: 'limit-reached' } },
        offer('dan'),
      );
  });

  it('not after sales have closed', () => {
    const closed: ConcertEvent = { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } };
    given(...waiting, closed)
      .when(inOneAppend((concert, now) => releaseHold('hold-of-ann', concert, now)))
      .gives({}, { type: 'HoldReleased' });
  });

  it('and before that nobody else gets it', () => {
    // As an append that was at its bound leaves it.
    given(...waiting, ended('HoldReleased', 'ann'))
      .when((concert, now) => purchaseTickets(purchaseBy('eve'), concert, now))
      .gives(refused('all-held', { held: 1 }));
    given(...waiting, ended('HoldReleased', 'ann'))
      .when(inOneAppend((concert, now) => purchaseTickets(purchaseBy('eve'), concert, now)))
      .gives(refused('all-held', { held: 1 }), offer('cem'));
  });

  it('what nobody on the list wants, or can have, is for all', () => {
    given(...full, joined('cem', { quantity: 2 }), ended('HoldReleased', 'ann'))
      .when(inOneAppend((concert, now) => purchaseTickets(purchaseBy('eve'), concert, now)))
      .gives({ kind: 'accepted' }, { type: 'TicketReserved' });
  });
});

it('a place in the list is known by how many are before it', () => {
  const { holds } = fold(emptyConcert('c1'), [
    ...full,
    joined('cem'),
    joined('dan'),
    joined('eve'),
    left('cem'),
  ]);
  const places = ['dan', 'eve'].map((customer) => {
    const hold = holds.get(`hold-of-${customer}`);
    return hold && holds.countBefore(hold);
  });
  expect(places).toEqual([0, 1]);
});
