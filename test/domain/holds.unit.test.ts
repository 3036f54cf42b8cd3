import { describe, expect, it } from 'vitest';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import { changeConcert } from '../../src/domain/concert-commands.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { given, NOW } from '../support/scenario.js';
import { reserved, scheduled } from './concert-events.js';
import { extend, hold, purchase, refused, release } from './hold-commands.js';
import { confirmed, ended, extended, held, secondsOn, withHolds } from './hold-events.js';

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

it('what was held before is told in the words of the terms that a log of old has not', () => {
  const { holdSeconds, waitingList, offerSeconds } = fold(emptyConcert('c1'), [scheduled()]);
  expect({ holdSeconds, waitingList, offerSeconds }).toEqual({
    holdSeconds: null,
    waitingList: false,
    offerSeconds: null,
  });
});
