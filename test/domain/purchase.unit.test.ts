import { describe, it } from 'vitest';
import type { Concert } from '../../src/domain/concert.js';
import { type PurchaseTickets, purchaseTickets } from '../../src/domain/purchase.js';
import { given } from '../support/scenario.js';
import { cancelled, purchaseBy, reserved, scheduled, vip } from './concert-events.js';

const purchase = (command: PurchaseTickets) => (concert: Concert, now: string) =>
  purchaseTickets(command, concert, now);
const refused = (refusal: object) => ({ kind: 'refused', refusal });

describe('a purchase', () => {
  it('sells the first ticket with the first VIP seat', () => {
    given(scheduled())
      .when(purchase(purchaseBy('ann')))
      .gives(
        { kind: 'accepted', purchase: { tickets: [{ number: 1, seat: 'VIP-1' }], revision: 2n } },
        reserved('ann', 1),
        vip('ann', 1, 'VIP-1'),
      );
  });

  it('sells general admission once the VIP seats are gone', () => {
    given(scheduled(), reserved('ann', 1), vip('ann', 1, 'VIP-1'))
      .when(purchase(purchaseBy('bob')))
      .gives({ kind: 'accepted', purchase: { tickets: [{ number: 2, seat: null }] } }, reserved('bob', 2));
  });

  it('of several tickets is one append, in ticket order', () => {
    given(scheduled({ ticketsPerCustomer: 3 }))
      .when(purchase(purchaseBy('ann', { quantity: 2 })))
      .gives(
        { kind: 'accepted', purchase: { tickets: [{ number: 1 }, { number: 2, seat: null }], revision: 3n } },
        reserved('ann', 1),
        vip('ann', 1, 'VIP-1'),
        reserved('ann', 2),
      );
  });

  it('with a key that bought before gets the same purchase, even when sold out since', () => {
    given(scheduled({ capacity: 1 }), reserved('ann', 1), vip('ann', 1, 'VIP-1'))
      .when(purchase(purchaseBy('ann')))
      .gives({ kind: 'replayed', purchase: { tickets: [{ number: 1, seat: 'VIP-1' }], revision: 2n } });
  });

  it('with a key that bought something else is refused', () => {
    given(scheduled({ ticketsPerCustomer: 2 }), reserved('ann', 1))
      .when(purchase(purchaseBy('ann', { quantity: 2 })))
      .gives(refused({ reason: 'key-reused' }));
  });

  it('beyond the limit per customer is refused', () => {
    given(scheduled(), reserved('ann', 1))
      .when(purchase(purchaseBy('ann', { purchaseId: 'another', idempotencyKey: 'another' })))
      .gives(refused({ reason: 'limit-reached', limit: 1, held: 1 }));
  });

  it('of more than is left is refused whole', () => {
    given(scheduled({ capacity: 2, ticketsPerCustomer: 2 }), reserved('ann', 1))
      .when(purchase(purchaseBy('bob', { quantity: 2 })))
      .gives(refused({ reason: 'not-enough-left', remaining: 1 }));
  });

  it('when nothing is left is told sold out', () => {
    given(scheduled({ capacity: 1 }), reserved('ann', 1))
      .when(purchase(purchaseBy('bob')))
      .gives(refused({ reason: 'sold-out' }));
  });

  it('of an unknown concert is refused', () => {
    given()
      .when(purchase(purchaseBy('ann')))
      .gives(refused({ reason: 'unknown-concert' }));
  });

  it('is judged by its arrival: early, in time, late', () => {
    const sale = scheduled({
      salesOpenAt: '2026-03-01T09:00:00Z',
      salesCloseAt: '2026-03-01T11:00:00Z',
    });
    const at = (arrivedAt: string) => purchase(purchaseBy('ann', { arrivedAt }));
    given(sale)
      .when(at('2026-03-01T08:59:59.999Z'))
      .gives(refused({ reason: 'not-on-sale-yet', salesOpenAt: '2026-03-01T09:00:00Z' }));
    given(sale)
      .when(at('2026-03-01T09:00:00.000Z'))
      .gives(
        { kind: 'accepted' },
        reserved('ann', 1, { arrivedAt: '2026-03-01T09:00:00.000Z' }),
        vip('ann', 1, 'VIP-1'),
      );
    given(sale)
      .when(at('2026-03-01T11:00:00.000Z'))
      .gives(refused({ reason: 'sales-closed' }));
  });

  it('after sales were closed or the concert was cancelled is refused', () => {
    given(scheduled(), { type: 'SalesClosed', data: { concertId: 'c1', closedAt: '' } })
      .when(purchase(purchaseBy('ann')))
      .gives(refused({ reason: 'sales-closed' }));
    given(scheduled(), { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: '' } })
      .when(purchase(purchaseBy('ann')))
      .gives(refused({ reason: 'concert-cancelled' }));
  });

  it('after a cancellation gets the freed VIP seat, under a new number', () => {
    given(
      scheduled(),
      reserved('ann', 1),
      vip('ann', 1, 'VIP-1'),
      reserved('bob', 2),
      cancelled('ann', [1], ['VIP-1']),
    )
      .when(purchase(purchaseBy('cid')))
      .gives(
        { kind: 'accepted', purchase: { tickets: [{ number: 3, seat: 'VIP-1' }] } },
        reserved('cid', 3),
        vip('cid', 3, 'VIP-1'),
      );
  });

  it('of one who cancelled may be made again with a new key, and not with the old one', () => {
    const history = [scheduled(), reserved('ann', 1), cancelled('ann', [1])];
    given(...history)
      .when(purchase(purchaseBy('ann')))
      .gives({ kind: 'replayed', purchase: { status: 'cancelled' } });
    given(...history)
      .when(purchase(purchaseBy('ann', { purchaseId: 'again', idempotencyKey: 'again' })))
      .gives({ kind: 'accepted' }, { type: 'TicketReserved' }, { type: 'VipAssigned' });
  });
});
