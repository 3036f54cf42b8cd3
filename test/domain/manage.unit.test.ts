import { describe, it } from 'vitest';
import type { Concert } from '../../src/domain/concert.js';
import {
  type ChangeConcert,
  cancelPurchase,
  changeConcert,
  scheduleConcert,
} from '../../src/domain/concert-commands.js';
import { given, NOW } from '../support/scenario.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';

const terms = {
  concertId: 'c1',
  name: 'The Example',
  capacity: 3,
  vipSeats: 1,
  ticketsPerCustomer: 1,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: null,
  purchaseMode: null,
};
const schedule =
  (more: object = {}) =>
  (concert: Concert, now: string) =>
    scheduleConcert({ ...terms, ...more }, concert, now);
const change = (command: ChangeConcert) => (concert: Concert, now: string) =>
  changeConcert(command, concert, now);
const cancel = (purchaseId: string) => (concert: Concert, now: string) =>
  cancelPurchase(purchaseId, concert, now);
const refused = (reason: string, more: object = {}) => ({ kind: 'refused', refusal: { reason, ...more } });

describe('scheduling a concert', () => {
  it('puts it on sale', () => {
    given().when(schedule()).gives({ kind: 'done' }, scheduled());
  });

  it('again on the same terms changes nothing, on others is refused', () => {
    given(scheduled()).when(schedule()).gives({ kind: 'done' });
    given(scheduled())
      .when(schedule({ capacity: 4 }))
      .gives(refused('concert-exists'));
  });

  it('with more VIP seats than seats is refused', () => {
    given()
      .when(schedule({ vipSeats: 4 }))
      .gives(refused('capacity-below-vip-seats', { vipSeats: 4 }));
  });
});

describe('changing a concert', () => {
  it('changes the terms of holds, those that are named', () => {
    const before = scheduled({ holdSeconds: 600 });
    const list = { waitingList: true, offerSeconds: 60 };
    given(before)
      .when(change(list))
      .gives(
        { kind: 'done' },
        { type: 'HoldTermsChanged', data: { holdSeconds: 600, ...list, changedAt: NOW } },
      );
    given(before)
      .when(change({ holdSeconds: 600, waitingList: false }))
      .gives({ kind: 'done' });
    given(before)
      .when(change({ waitingList: true }))
      .gives(refused('no-offer-seconds'));
  });

  it('moves the capacity, down to what is sold and no further', () => {
    const sold = [scheduled({ vipSeats: 0 }), reserved('ann', 1), reserved('bob', 2)];
    given(...sold)
      .when(change({ capacity: 2 }))
      .gives(
        { kind: 'done' },
        { type: 'CapacityChanged', data: { capacity: 2, previousCapacity: 3, changedAt: NOW } },
      );
    given(...sold)
      .when(change({ capacity: 1 }))
      .gives(refused('capacity-below-sold', { sold: 2 }));
  });

  it('never leaves fewer seats than VIP seats', () => {
    given(scheduled({ vipSeats: 2 }))
      .when(change({ capacity: 1 }))
      .gives(refused('capacity-below-vip-seats', { vipSeats: 2 }));
  });

  it('closes and cancels, once', () => {
    given(scheduled())
      .when(change({ status: 'closed' }))
      .gives({ kind: 'done' }, { type: 'SalesClosed' });
    given(scheduled(), { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } })
      .when(change({ status: 'closed' }))
      .gives({ kind: 'done' });
    const called = { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: NOW } } as const;
    given(scheduled(), called)
      .when(change({ status: 'cancelled' }))
      .gives({ kind: 'done' });
    given(scheduled(), called)
      .when(change({ capacity: 9 }))
      .gives(refused('concert-cancelled'));
  });

  it('of an unknown concert is refused', () => {
    given()
      .when(change({ capacity: 9 }))
      .gives(refused('unknown-concert'));
  });
});

describe('cancelling a purchase', () => {
  it('puts its tickets and VIP seats back on sale', () => {
    given(scheduled(), reserved('ann', 1), vip('ann', 1, 'VIP-1'))
      .when(cancel('purchase-of-ann'))
      .gives({ kind: 'cancelled', purchase: { status: 'cancelled' } }, cancelled('ann', [1], ['VIP-1']));
  });

  it('twice is answered as the first time', () => {
    given(scheduled(), reserved('ann', 1), cancelled('ann', [1]))
      .when(cancel('purchase-of-ann'))
      .gives({ kind: 'cancelled' });
  });

  it('that is not known is refused', () => {
    given(scheduled()).when(cancel('purchase-of-ann')).gives(refused('unknown-purchase'));
    given().when(cancel('purchase-of-ann')).gives(refused('unknown-concert'));
  });
});
