import { describe, expect, it } from 'vitest';
import { emptyConcert, evolve, fold } from '../../src/domain/concert.js';
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
