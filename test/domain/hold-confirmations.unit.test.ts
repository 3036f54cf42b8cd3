import { describe, expect, it } from 'vitest';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { given, NOW } from '../support/scenario.js';
import { cancelled, reserved } from './concert-events.js';
import { confirm, refused, release } from './hold-commands.js';
import { confirmed, ended, held, inOneAppend, joined, secondsOn, withHolds } from './hold-events.js';

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
