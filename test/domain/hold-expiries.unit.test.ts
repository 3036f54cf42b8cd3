import { describe, expect, it } from 'vitest';
import { type Concert, compacted, emptyConcert, evolve, fold, remaining } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { due, isDue } from '../../src/domain/holds/due.js';
import { given, NOW } from '../support/scenario.js';
import { reserved } from './concert-events.js';
import { confirm, purchase, refused } from './hold-commands.js';
import { ended, expired, extended, held, inOneAppend, joined, secondsOn, withHolds } from './hold-events.js';

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
    const many = Array.from({ length: 2_500 }, (_, i) =>
      held(`c${i}`, { expiresAt: secondsOn(600 - i / 10) }),
    );
    const concert = fold(emptyConcert('c1'), [withHolds({ capacity: 2_500 }), ...many]);
    const first = due(concert, secondsOn(601));
    const inOrder = many.map(({ data }) => ('holdId' in data ? data.holdId : '')).reverse();
    expect(first.events).toMatchObject([{ data: { holdIds: inOrder.slice(0, 2_000), quantity: 2_000 } }]);
    const second = due(first.concert, secondsOn(601));
    expect(second.events).toMatchObject([{ data: { holdIds: inOrder.slice(2_000), quantity: 500 } }]);
    expect([second.concert.holds.held, second.concert.holdings.size]).toEqual([0, 0]);
    expect(second.concert).toEqual([...first.events, ...second.events].reduce(evolve, concert));
  });

  /** Ends so many holds that lapse within `lapseMs`, in an append every 40 ms: how many in each second, and how late the latest. */
  function lapse(holds: number, lapseMs: number) {
    const crowd = Array.from({ length: holds }, (_, i) =>
      held(`c${i}`, { expiresAt: secondsOn(600 + (i / holds) * (lapseMs / 1_000)) }),
    );
    const terms = withHolds({ capacity: holds + 10_000 });
    let concert = compacted(fold(emptyConcert('c1'), [terms, ...crowd]));
    const perSecond: Record<number, number> = {};
    let latest = 0;
    for (let ms = 600_100; concert.holds.held > 0; ms += 40) {
      const now = secondsOn(ms / 1_000);
      const { events } = due({ ...concert, lastEventAt: secondsOn(ms / 1_000 - 0.04) }, now);
      for (const { data } of events) {
        if (!('holdIds' in data)) continue;
        const second = Math.floor((ms - 600_500) / 1_000);
        perSecond[second] = (perSecond[second] ?? 0) + data.holdIds.length;
        for (const id of data.holdIds) {
          latest = Math.max(latest, Date.parse(now) - Date.parse(concert.holds.get(id)?.until ?? ''));
        }
      }
      concert = compacted(fold(concert, events));
    }
    return { perSecond: Object.values(perSecond), latest };
  }

  it('of a crowd is spread over the time that it has, where there are other tickets for sale', () => {
    const { perSecond, latest } = lapse(20_000, 1_000);
    expect(latest).toBeLessThan(1_400);
    expect(perSecond).toHaveLength(2);
    expect(Math.max(...perSecond)).toBeLessThan(13_000);
  });

  it('of a crowd is in time though appends are slow', () => {
    expect(lapse(40_000, 400).latest).toBeLessThan(1_500);
  });

  it('of a crowd is not put off where tickets are short', () => {
    const crowd = Array.from({ length: 5_000 }, (_, i) => held(`c${i}`));
    const { events } = due(
      fold(emptyConcert('c1'), [withHolds({ capacity: 5_500 }), ...crowd]),
      secondsOn(600.6),
    );
    expect(events).toMatchObject([{ data: { quantity: 2_000 } }]);
  });

  it('of a crowd leaves what ending one after the other leaves', () => {
    const customers = Array.from({ length: 300 }, (_, i) => `c${i % 90}`);
    const crowd = customers.map((customerId, i) =>
      held(customerId, {
        holdId: `hold-${i}`,
        quantity: 1 + (i % 3),
        seats: i % 7 === 0 ? [`VIP-${i + 1}`] : [],
        expiresAt: secondsOn(600 + ((i * 7) % 11) / 100),
      }),
    );
    const concert = fold(emptyConcert('c1'), [
      withHolds({ capacity: 2_000, vipSeats: 400, ticketsPerCustomer: 20 }),
      ...crowd,
      ...customers.slice(0, 30).map((customerId, i) => reserved(customerId, i + 1)),
    ]);
    const some = customers.map((_, i) => `hold-${i}`).filter((_, i) => i % 5 > 0);
    const ends = (holdIds: readonly string[]) =>
      ({ ...ended('HoldsExpired', 'c0'), data: { ...expired([]).data, holdIds } }) as ConcertEvent;
    const at = (state: Concert) => ({
      held: state.holds.held,
      holdings: [...state.holdings].sort(),
      expiries: [...state.holds.expiries].map(({ id, order }) => `${order} ${id}`),
      seats: [...state.freedVipSeats],
      remaining: remaining(state),
      open: some.filter((id) => state.holds.get(id)?.status === 'open'),
    });
    const atOnce = evolve(concert, ends(some));
    expect(at(atOnce)).toEqual(at(some.map((id) => ends([id])).reduce(evolve, concert)));
    expect(at(compacted(atOnce))).toEqual(at(atOnce));
    expect(some.filter((id) => atOnce.forgotten.placesOf(id).length === 0)).toEqual([]);
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
