import { describe, expect, it } from 'vitest';
import { emptyConcert, evolve, fold } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { due, isDue } from '../../src/domain/holds/due.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { given, NOW } from '../support/scenario.js';
import { cancelled, purchaseBy, reserved, scheduled } from './concert-events.js';
import {
  confirmed,
  ended,
  expired,
  extended,
  held,
  holdBy,
  inOneAppend,
  joined,
  secondsOn,
  withHolds,
} from './hold-events.js';

const hold =
  (customer: string, more = {}, at = NOW) =>
  (concert: Parameters<typeof holdTickets>[1]) =>
    holdTickets(holdBy(customer, { arrivedAt: at, ...more }), concert, at);

const purchase =
  (customer: string, more = {}, at = NOW) =>
  (concert: Parameters<typeof purchaseTickets>[1]) =>
    purchaseTickets(purchaseBy(customer, { arrivedAt: at, ...more }), concert, at);

const confirm =
  (customer: string, at: string, more: { reference?: string; decidedAt?: string } = {}) =>
  (concert: Parameters<typeof confirmHold>[1]) =>
    confirmHold(
      { holdId: `hold-of-${customer}`, reference: more.reference ?? 'payment-1', arrivedAt: at },
      concert,
      more.decidedAt ?? at,
    );

const release =
  (customer: string, at = NOW) =>
  (concert: Parameters<typeof releaseHold>[1]) =>
    releaseHold(`hold-of-${customer}`, concert, at);

const extend = (customer: string, at: string) => (concert: Parameters<typeof extendHold>[1]) =>
  extendHold({ holdId: `hold-of-${customer}`, arrivedAt: at }, concert, at);

const refused = (reason: string, more = {}) => ({ kind: 'refused', refusal: { reason, ...more } });

describe('a hold', () => {
  it('takes its tickets and their VIP seats out of the stock until it expires', () => {
    given(withHolds({ capacity: 3, vipSeats: 1, ticketsPerCustomer: 2 }))
      .when(hold('ann', { quantity: 2 }))
      .gives(
        {
          kind: 'held',
          hold: { holdId: 'hold-of-ann', status: 'open', seats: ['VIP-1'], until: secondsOn(600) },
        },
        {
          type: 'TicketsHeld',
          data: { quantity: 2, seats: ['VIP-1'], expiresAt: secondsOn(600), reason: 'request' },
        },
      );
    given(
      withHolds({ capacity: 3, vipSeats: 1, ticketsPerCustomer: 2 }),
      held('ann', { quantity: 2, seats: ['VIP-1'] }),
    )
      .when(purchase('bob', { quantity: 2 }))
      .gives(refused('not-enough-left', { remaining: 1 }));
  });

  it('asked for twice is one, whatever has become of it', () => {
    const log = [withHolds(), held('ann')];
    given(...log)
      .when(hold('ann'))
      .gives({ kind: 'replayed', hold: { status: 'open' } });
    given(...log, ended('HoldsExpired', 'ann'))
      .when(hold('ann'))
      .gives({ kind: 'replayed', hold: { status: 'expired' } });
    given(...log, confirmed('ann', 'p'), reserved('ann', 1, { purchaseId: 'hold-of-ann' }))
      .when(hold('ann'))
      .gives({ kind: 'bought', purchase: { purchaseId: 'hold-of-ann' } });
  });

  it('is not what its key was used for before', () => {
    const others = [
      held('ann', { quantity: 2 }),
      held('ann', { customerId: 'bob' }),
      reserved('ann', 1, { purchaseId: 'hold-of-ann' }),
    ];
    for (const other of others) {
      given(withHolds({ ticketsPerCustomer: 2 }), other)
        .when(hold('ann'))
        .gives(refused('key-reused'));
    }
    given(withHolds(), held('ann'))
      .when(purchase('ann', { purchaseId: 'hold-of-ann' }))
      .gives(refused('key-reused'));
  });

  it('counts towards the limit, as what was bought does', () => {
    const log = [withHolds({ ticketsPerCustomer: 2 }), held('ann'), reserved('ann', 1)];
    given(...log)
      .when(hold('ann', { holdId: 'another' }))
      .gives(refused('limit-reached', { limit: 2, held: 2 }));
    given(...log)
      .when(purchase('ann', { purchaseId: 'another' }))
      .gives(refused('limit-reached', { held: 2 }));
    given(...log, ended('HoldReleased', 'ann'))
      .when(hold('ann', { holdId: 'another' }))
      .gives({ kind: 'held' }, {});
  });

  it('needs a concert that offers it, and sales that are open', () => {
    given(scheduled()).when(hold('ann')).gives(refused('no-holds'));
    given().when(hold('ann')).gives(refused('unknown-concert'));
    given(withHolds({ salesCloseAt: NOW }))
      .when(hold('ann'))
      .gives(refused('sales-closed'));
    given(withHolds({ salesOpenAt: secondsOn(1) }))
      .when(hold('ann'))
      .gives(refused('not-on-sale-yet'));
  });

  it('while the rest is held, says so and when to come back; sold out is another thing', () => {
    const log = [withHolds({ capacity: 2 }), held('ann'), reserved('bob', 1)];
    given(...log)
      .when(purchase('cem', {}, secondsOn(590)))
      .gives(refused('all-held', { held: 1, retryAfterSeconds: 11 }));
    given(...log)
      .when(hold('cem', {}, secondsOn(590)))
      .gives(refused('all-held', { held: 1 }));
    given(withHolds({ capacity: 1 }), reserved('bob', 1))
      .when(hold('cem'))
      .gives(refused('sold-out'));
  });

  it('keeps the capacity from going below what is sold and held', () => {
    given(withHolds({ capacity: 3 }), held('ann'), reserved('bob', 1))
      .when((concert, now) => changeConcert({ capacity: 1 }, concert, now))
      .gives(refused('capacity-below-sold', { sold: 1, held: 1 }));
  });
});

describe('a confirmation', () => {
  const log = [
    withHolds({ vipSeats: 2, ticketsPerCustomer: 2 }),
    held('ann', { quantity: 2, seats: ['VIP-1', 'VIP-2'] }),
  ];

  it('makes the hold a purchase with its id, its key, its seats and the reference', () => {
    given(...log)
      .when(confirm('ann', secondsOn(599)))
      .gives(
        {
          kind: 'confirmed',
          late: false,
          purchase: { purchaseId: 'hold-of-ann', reference: 'payment-1', revision: 6n },
        },
        { type: 'HoldConfirmed', data: { reference: 'payment-1', quantity: 2 } },
        {
          type: 'TicketReserved',
          data: { purchaseId: 'hold-of-ann', idempotencyKey: 'key-of-ann', ticketNumber: 1 },
        },
        { type: 'VipAssigned', data: { ticketNumber: 1, seat: 'VIP-1' } },
        { type: 'TicketReserved', data: { ticketNumber: 2 } },
        { type: 'VipAssigned', data: { ticketNumber: 2, seat: 'VIP-2' } },
      );
  });

  it('that was decided is the purchase that the state has', () => {
    const concert = fold(emptyConcert('c1'), log);
    const [result, events] = confirm('ann', NOW)(concert);
    const then = fold(concert, events);
    expect(result).toEqual({ kind: 'confirmed', late: false, purchase: then.purchases.get('hold-of-ann') });
    expect([then.live, then.holds.held, then.holds.expiries.size]).toEqual([2, 0, 0]);
    expect(then.holdings.get('ann')).toBe(2);
    expect(then.holds.has('hold-of-ann')).toBe(false);
  });

  it('made twice is made once; with another reference it is another, to be refunded', () => {
    const sold = [...log, confirmed('ann', 'payment-1'), reserved('ann', 1, { purchaseId: 'hold-of-ann' })];
    given(...sold)
      .when(confirm('ann', NOW))
      .gives({ kind: 'replayed', purchase: { reference: 'payment-1' } });
    given(...sold)
      .when(confirm('ann', NOW, { reference: 'payment-2' }))
      .gives(refused('confirmed-with-another-reference', { reference: 'payment-1' }));
  });

  it('is judged by its arrival: our own line costs nobody the tickets', () => {
    const inTime = confirm('ann', secondsOn(599), { decidedAt: secondsOn(640) });
    given(...log)
      .when(inTime)
      .gives({ kind: 'confirmed', late: false }, {}, {}, {}, {}, {});
    const waiting = inOneAppend(inTime, (holdId) => holdId === 'hold-of-ann');
    given(...log)
      .when((concert) => waiting(concert, secondsOn(640)))
      .gives({ kind: 'confirmed', late: false }, {}, {}, {}, {}, {});
  });

  it('that is decided in time is in time, though the clock that saw it arrive is ahead', () => {
    given(...log)
      .when(confirm('ann', secondsOn(700), { decidedAt: secondsOn(599) }))
      .gives({ kind: 'confirmed', late: false }, {}, {}, {}, {}, {});
  });

  it('that comes late gets tickets while there are any, and says so', () => {
    const lapsed = [...log, ended('HoldsExpired', 'ann', { quantity: 2, seats: ['VIP-1', 'VIP-2'] })];
    given(...lapsed)
      .when(confirm('ann', secondsOn(700)))
      .gives(
        { kind: 'confirmed', late: true, purchase: { tickets: [{ seat: 'VIP-1' }, { seat: 'VIP-2' }] } },
        { type: 'LateConfirmationAccepted' },
        ...[{}, {}, {}, {}],
      );
  });

  it('that comes late and gets none is told that the hold has lapsed, and why', () => {
    const lapsed = [...log, ended('HoldsExpired', 'ann', { quantity: 2 })];
    const others = reserved('bob', 1);
    given(...lapsed, others, reserved('cem', 2))
      .when(confirm('ann', secondsOn(700)))
      .gives(refused('hold-lapsed', { because: 'not-enough-left' }));
    given(...lapsed, { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } })
      .when(confirm('ann', secondsOn(700)))
      .gives(refused('hold-lapsed', { because: 'sales-closed' }));
  });

  it('that finds an overdue hold open ends it first, so that the refusal rests on the log', () => {
    const soldOut = [
      withHolds({ capacity: 1, ticketsPerCustomer: 2 }),
      held('ann'),
      held('ann', { holdId: 'another' }),
    ];
    given(...soldOut.slice(0, 2))
      .when(confirm('ann', secondsOn(600)))
      .gives(
        { kind: 'confirmed', late: true },
        { type: 'HoldsExpired' },
        { type: 'LateConfirmationAccepted' },
        {},
      );
    given(...soldOut)
      .when(confirm('ann', secondsOn(600)))
      .gives(refused('hold-lapsed', { because: 'all-held' }), { type: 'HoldsExpired' });
  });

  it('that comes late comes before one on the waiting list whom the limit keeps from an offer', () => {
    given(
      ...[withHolds({ capacity: 2 }), held('ann'), reserved('cem', 1)],
      joined('cem', { holdId: 'place of cem' }),
    )
      .when(confirm('ann', secondsOn(600)))
      .gives(
        { kind: 'confirmed', late: true },
        ...[{ type: 'HoldsExpired' }, { type: 'WaitingListLeft' }, { type: 'LateConfirmationAccepted' }, {}],
      );
  });

  it('and a release at the same moment end in one of the two, and both are told which', () => {
    given(...log, ended('HoldReleased', 'ann', { quantity: 2 }))
      .when(confirm('ann', NOW))
      .gives(refused('hold-released', { releasedAt: NOW }));
    given(...log, confirmed('ann', 'payment-1'), reserved('ann', 1, { purchaseId: 'hold-of-ann' }))
      .when(release('ann'))
      .gives(refused('hold-confirmed', { purchaseId: 'hold-of-ann' }));
  });

  it('after the concert was cancelled is refused; after sales were closed it stands', () => {
    given(...log, { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: NOW } })
      .when(confirm('ann', NOW))
      .gives(refused('concert-cancelled'));
    given(...log, { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } })
      .when(confirm('ann', NOW))
      .gives({ kind: 'confirmed', late: false }, {}, {}, {}, {}, {});
  });

  it('of nothing that is known is refused', () => {
    given(...log)
      .when(confirm('bob', NOW))
      .gives(refused('unknown-hold'));
    given().when(confirm('bob', NOW)).gives(refused('unknown-concert'));
    given(...log, reserved('bob', 1, { purchaseId: 'hold-of-bob' }))
      .when(confirm('bob', NOW))
      .gives(refused('unknown-hold'));
  });

  it('makes a purchase that can be cancelled, and is then repeated as what it was', () => {
    const bought = [...log, confirmed('ann', 'payment-1'), reserved('ann', 1, { purchaseId: 'hold-of-ann' })];
    const gone: ConcertEvent = {
      type: 'PurchaseCancelled',
      data: { ...cancelled('ann', [1]).data, purchaseId: 'hold-of-ann' } as never,
    };
    given(...bought)
      .when((concert, now) => cancelPurchase('hold-of-ann', concert, now))
      .gives({ kind: 'cancelled', purchase: { reference: 'payment-1' } }, { type: 'PurchaseCancelled' });
    given(...bought, gone)
      .when(confirm('ann', NOW))
      .gives({ kind: 'replayed', purchase: { status: 'cancelled' } });
  });
});

describe('an extension', () => {
  it('begins the time again, twice at most', () => {
    const log = [withHolds(), held('ann')];
    given(...log)
      .when(extend('ann', secondsOn(300)))
      .gives({ kind: 'extended', hold: { until: secondsOn(900), extensions: 1 } }, { type: 'HoldExtended' });
    given(...log, extended('ann', secondsOn(900)), extended('ann', secondsOn(1_000)))
      .when(extend('ann', secondsOn(800)))
      .gives(refused('extension-limit', { expiresAt: secondsOn(1_000) }));
  });

  it('never goes beyond three times the time since the hold began, whatever a clock says', () => {
    const log = [
      withHolds(),
      held('ann', { expiresAt: secondsOn(600) }),
      extended('ann', secondsOn(1_200), secondsOn(599)),
    ];
    given(...log, reserved('bob', 1, { decidedAt: secondsOn(1_500) }))
      .when((concert) =>
        extendHold({ holdId: 'hold-of-ann', arrivedAt: secondsOn(1_100) }, concert, secondsOn(1_100)),
      )
      .gives({ kind: 'extended', hold: { until: secondsOn(1_800) } }, {});
  });

  it('of a hold that is over is refused', () => {
    given(withHolds(), held('ann'))
      .when(extend('ann', secondsOn(600)))
      .gives(refused('hold-not-open'));
    given(withHolds(), held('ann'), ended('HoldReleased', 'ann'))
      .when(extend('ann', NOW))
      .gives(refused('hold-not-open'));
    given(withHolds()).when(extend('ann', NOW)).gives(refused('unknown-hold'));
  });
});

describe('a release', () => {
  it('puts the tickets and seats back; made twice it is made once', () => {
    const log = [withHolds({ vipSeats: 1 }), held('ann', { seats: ['VIP-1'] })];
    given(...log)
      .when(release('ann'))
      .gives(
        { kind: 'ended', replayed: false, hold: { status: 'released' } },
        { type: 'HoldReleased', data: { seats: ['VIP-1'] } },
      );
    const over = [...log, ended('HoldReleased', 'ann', { seats: ['VIP-1'] })];
    given(...over)
      .when(release('ann'))
      .gives({ kind: 'ended', replayed: true });
    given(...over)
      .when(hold('bob'))
      .gives({ kind: 'held', hold: { seats: ['VIP-1'] } }, {});
  });

  it('of a hold that expired says that it did', () => {
    given(withHolds(), held('ann'), ended('HoldsExpired', 'ann'))
      .when(release('ann'))
      .gives({ kind: 'ended', replayed: true, hold: { status: 'expired' } });
  });
});

describe('an expiry', () => {
  const log = [withHolds({ capacity: 1 }), held('ann')];
  const overdue = secondsOn(600.5);

  it('is put before whatever is appended next, which sells what it freed', () => {
    given(...log)
      .when((concert) => inOneAppend(purchase('bob', {}, overdue))(concert, overdue))
      .gives(
        { kind: 'accepted' },
        { type: 'HoldsExpired', data: { holdIds: ['hold-of-ann'], decidedAt: overdue } },
        { type: 'TicketReserved' },
      );
  });

  it('is due half a second after its time, and not before', () => {
    const concert = fold(emptyConcert('c1'), log);
    expect(due(concert, secondsOn(600.499)).events).toEqual([]);
    expect(isDue(concert, secondsOn(600.499))).toBe(false);
    expect(due(concert, overdue).events).toHaveLength(1);
    expect(isDue(concert, overdue)).toBe(true);
  });

  it('goes by the last event where the clock is behind: a lapsed hold does not come back', () => {
    const concert = fold(emptyConcert('c1'), [
      ...[withHolds(), held('ann'), ended('HoldsExpired', 'ann', { decidedAt: secondsOn(601) })],
      ...[held('bob'), held('cem'), held('dan')],
    ]);
    expect(due(concert, NOW).events).toEqual([expired(['bob', 'cem', 'dan'], { decidedAt: secondsOn(601) })]);
    given(
      withHolds({ capacity: 1 }),
      held('ann'),
      ended('HoldsExpired', 'ann', { decidedAt: secondsOn(601) }),
      reserved('bob', 1),
    )
      .when(confirm('ann', secondsOn(599), { decidedAt: secondsOn(599) }))
      .gives(refused('hold-lapsed', { because: 'sold-out' }));
  });

  it('of an extended hold is that of the extension', () => {
    const concert = fold(emptyConcert('c1'), [...log, extended('ann', secondsOn(900))]);
    expect(due(concert, secondsOn(899)).events).toEqual([]);
    expect(due(concert, secondsOn(901)).events).toHaveLength(1);
  });

  it('goes on after sales were closed, and ends when the concert is cancelled', () => {
    const closed: ConcertEvent = { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } };
    const off: ConcertEvent = { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: NOW } };
    expect(due(fold(emptyConcert('c1'), [...log, closed]), overdue).events).toHaveLength(1);
    expect(due(fold(emptyConcert('c1'), [...log, off]), overdue).events).toEqual([]);
  });

  it('of many is one event, bounded, the first to expire first', () => {
    const many = Array.from({ length: 1_500 }, (_, i) =>
      held(`c${i}`, { expiresAt: secondsOn(600 - i / 10) }),
    );
    const concert = fold(emptyConcert('c1'), [withHolds({ capacity: 1_500 }), ...many]);
    const first = due(concert, secondsOn(601));
    const inOrder = many.map(({ data }) => ('holdId' in data ? data.holdId : '')).reverse();
    expect(first.events).toMatchObject([{ data: { holdIds: inOrder.slice(0, 1_000), quantity: 1_000 } }]);
    const second = due(first.concert, secondsOn(601));
    expect(second.events).toMatchObject([{ data: { holdIds: inOrder.slice(1_000), quantity: 500 } }]);
    expect([second.concert.holds.held, second.concert.holdings.size]).toEqual([0, 0]);
    expect(second.concert).toEqual([...first.events, ...second.events].reduce(evolve, concert));
  });

  it('of holds with many seats is bounded by their seats', () => {
    const seatsOf = (i: number) => Array.from({ length: 100 }, (_, seat) => `VIP-${i * 100 + seat + 1}`);
    const many = Array.from({ length: 12 }, (_, i) => held(`c${i}`, { quantity: 100, seats: seatsOf(i) }));
    const terms = withHolds({ capacity: 1_200, vipSeats: 1_200, ticketsPerCustomer: 100 });
    const { events } = due(fold(emptyConcert('c1'), [terms, ...many]), secondsOn(601));
    expect(events).toMatchObject([{ data: { quantity: 1_000 } }]);
  });

  it('does not end more holds than can be offered at once, while somebody waits', () => {
    const many = Array.from({ length: 400 }, (_, i) => held(`c${i}`));
    const crowd = Array.from({ length: 400 }, (_, i) => joined(`w${i}`));
    const concert = fold(emptyConcert('c1'), [withHolds({ capacity: 400 }), ...many, ...crowd]);
    const kinds = (at: string) =>
      due(concert, at).events.map(({ type, data }) => ('holdIds' in data ? data.holdIds.length : type));
    const offered = (count: number) => Array.from({ length: count }, () => 'TicketsHeld');
    expect(kinds(secondsOn(601))).toEqual([99, ...offered(99)]);
    expect(kinds(secondsOn(601.1))).toEqual([249, ...offered(249)]);
  });
});

it('what was held before is told in the words of the terms that a log of old has not', () => {
  const { holdSeconds, waitingList, offerSeconds } = fold(emptyConcert('c1'), [scheduled()]);
  expect({ holdSeconds, waitingList, offerSeconds }).toEqual({
    holdSeconds: null,
    waitingList: false,
    offerSeconds: null,
  });
});
