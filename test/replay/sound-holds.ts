import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { changeConcert } from '../../src/domain/concert-commands.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { joinWaitingList, leaveWaitingList } from '../../src/domain/holds/waiting-list.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { inOneAppend } from '../domain/hold-events.js';

type Decide = (concert: Concert, now: string) => Decision<unknown>;

/**
 * Continues a concert of which three tickets are left, by the real deciders: they are held, three customers wait, and every event
 * of holds and of the waiting list comes to pass. One hold is open at the end.
 */
export function holdsAfter(events: readonly ConcertEvent[]): readonly ConcertEvent[] {
  const concertId = events[0]?.data.concertId ?? '';
  const start = Date.parse('2026-03-01T11:00:00.000Z');
  const after: ConcertEvent[] = [];
  let concert = fold(emptyConcert(concertId), events);
  const at = (seconds: number, decide: (arrivedAt: string) => Decide) => {
    const now = new Date(start + seconds * 1_000).toISOString();
    const [, added] = inOneAppend(decide(now))(concert, now);
    after.push(...added);
    concert = fold(concert, added);
  };
  const idOf = (customer: string) => purchaseIdOf(concertId, `hold-${customer}`);
  const request = (customerId: string, arrivedAt: string) => {
    const ids = { holdId: idOf(customerId), customerId, idempotencyKey: `hold-${customerId}` };
    return { ...ids, quantity: 1, arrivedAt };
  };
  const hold =
    (who: string) =>
    (now: string): Decide =>
    (state) =>
      holdTickets(request(who, now), state, now);
  const join =
    (who: string) =>
    (now: string): Decide =>
    (state) =>
      joinWaitingList(request(who, now), state, now);
  const confirm =
    (who: string) =>
    (arrivedAt: string): Decide =>
    (state, now) =>
      confirmHold({ holdId: idOf(who), reference: `payment-${who}`, arrivedAt }, state, now);
  const extend =
    (who: string) =>
    (arrivedAt: string): Decide =>
    (state, now) =>
      extendHold({ holdId: idOf(who), arrivedAt }, state, now);

  const terms = { holdSeconds: 600, waitingList: true, offerSeconds: 60 };
  at(0, (now) => (state) => changeConcert(terms, state, now));
  for (const who of ['ann', 'bob', 'cem']) at(1, hold(who));
  for (const who of ['dan', 'eve', 'fay']) at(2, join(who));
  at(3, () => (state, now) => leaveWaitingList(idOf('eve'), state, now));
  at(4, confirm('ann'));
  at(5, () => (state, now) => releaseHold(idOf('bob'), state, now));
  at(20, extend('dan'));
  at(90, extend('fay'));
  at(120, extend('fay'));
  at(700, confirm('cem'));
  at(701, hold('gil'));
  return after;
}
