import { describe, expect, it } from 'vitest';
import type { CheckId } from '../../src/domain/invariants.js';
import { HoldRecord } from '../../src/replay/judge/hold-record.js';
import { expired, held as holdOf } from '../domain/hold-events.js';
import { at, concertId, event, header, idOf, judge, type Line, violatedIn } from './judged-history.js';

/** Of the event with this revision, and ten seconds on: the third and all later ones come a second later. */
const timeOf = (revision: number) => `2026-03-01T10:00:0${revision < 2 ? 0 : 1}.000Z`;
const expiryOf = (revision: number) => `2026-03-01T10:00:1${revision < 2 ? 0 : 1}.000Z`;

const ofHold = (revision: number, type: string, key: string, more: Line = {}): Line =>
  event(revision, type, { holdId: idOf(key), customerId: `c-${key}`, decidedAt: timeOf(revision), ...more });
const begun = (key: string, quantity: number) => ({ idempotencyKey: key, quantity, arrivedAt: at });
const held = (revision: number, key: string, quantity: number, reason = 'request'): Line =>
  ofHold(revision, 'TicketsHeld', key, {
    ...{ ...begun(key, quantity), seats: [], expiresAt: expiryOf(revision), reason },
  });
const joined = (revision: number, key: string, quantity: number): Line =>
  ofHold(revision, 'WaitingListJoined', key, begun(key, quantity));

const scheduled = event(0, 'ConcertScheduled', {
  ...{ name: 'Rock', capacity: 3, vipSeats: 0, ticketsPerCustomer: 2 },
  ...{ salesOpenAt: null, salesCloseAt: null, startsAt: null, purchaseMode: null },
  ...{ holdSeconds: 10, waitingList: true, offerSeconds: 10, scheduledAt: at },
});
const confirmed = ofHold(3, 'HoldConfirmed', 'a', { quantity: 1, reference: 'payment', arrivedAt: at });
const extended = ofHold(2, 'HoldExtended', 'a', { expiresAt: expiryOf(2) });
const releasedB = ofHold(7, 'HoldReleased', 'b', { quantity: 2, seats: [] });
const leftX = ofHold(10, 'WaitingListLeft', 'x', { reason: 'request' });

/** One ticket is held, extended and bought; two are held and released, and one of these is offered to a customer who waits. */
const log = [
  ...[scheduled, held(1, 'a', 1), extended, confirmed],
  event(4, 'TicketReserved', {
    ...{ purchaseId: idOf('a'), customerId: 'c-a', ticketNumber: 1, idempotencyKey: 'a' },
    ...{ arrivedAt: at, decidedAt: timeOf(4) },
  }),
  ...[held(5, 'b', 2), joined(6, 'w', 1), releasedB, held(8, 'w', 1, 'offer'), joined(9, 'x', 2), leftX],
];

const call = (kind: string, sentAt: number, more: Line): Line => ({
  ...{ call: kind, concertId, sentAt, endedAt: sentAt + 5 },
  ...more,
});
const hold = (key: string, quantity: number, sentAt: number, answer: Line, waits = false): Line =>
  call('hold', sentAt, { key, customerId: `c-${key}`, quantity, waits, answer });
const told = (key: string, revision: number): Line => ({ kind: 'held', holdId: idOf(key), revision });
const confirmation = (key: string, sentAt: number, answer: Line, reference = 'payment'): Line =>
  call('confirmation', sentAt, { holdId: idOf(key), reference, answer });
const change = (kind: string, key: string, sentAt: number, answer: Line): Line =>
  call(kind, sentAt, { holdId: idOf(key), answer });
const bought = (number: number): Line => ({
  ...{ kind: 'accepted', purchaseId: idOf('a'), revision: '4' },
  tickets: [{ number, seat: null }],
});
const done = (revision: number): Line => ({ kind: 'done', revision });
const unknown: Line = { kind: 'unknown' };
const refused = (reason: string): Line => ({ kind: 'refused', reason });

const heldA = hold('a', 1, 0, told('a', 1));
const extendedA = change('extension', 'a', 10, unknown);
const unansweredA = confirmation('a', 20, unknown);
const boughtA = confirmation('a', 30, bought(1));
const heldB = hold('b', 2, 40, told('b', 5));
const releaseB = change('release', 'b', 60, done(7));
const leaveX = change('leave', 'x', 80, done(10));
const calls = [
  ...[heldA, extendedA, unansweredA, boughtA, heldB],
  hold('w', 1, 50, told('w', 6), true),
  releaseB,
  hold('x', 2, 70, told('x', 9), true),
  leaveX,
];
const sound = [header, ...log, ...calls];
const instead = (old: Line, ...lines: readonly Line[]): readonly Line[] =>
  sound.flatMap((each) => (each === old ? lines : [each]));

describe('the judge of holds', () => {
  it('finds a sound history sound', () => {
    expect(violatedIn(sound)).toEqual([]);
    expect(judge(sound).soundness).toBe('sound');
    expect(judge(sound).operations).toBe(calls.length);
  });

  it.each<[CheckId, string, readonly Line[]]>([
    ['I5', 'an acknowledged hold that is not in the log', [...sound, hold('e', 1, 90, told('e', 10))]],
    ['I5', 'a confirmation of other tickets than told', instead(boughtA, confirmation('a', 30, bought(2)))],
    ['I5', 'a confirmation with another reference', [...sound, confirmation('a', 90, bought(1), 'other')]],
    [
      'I5',
      'an acknowledged release that is not in the log',
      [...sound, change('release', 'w', 90, done(10))],
    ],
    [
      'I5',
      'an acknowledged extension that is not',
      instead(extendedA, change('extension', 'a', 10, done(1))),
    ],
    ['I6', 'a hold that was refused', instead(heldB, hold('b', 2, 40, refused('all-held')))],
    ['I6', 'a hold that nobody asked for', instead(heldB)],
    [
      'I6',
      'a confirmation that was refused',
      instead(boughtA, confirmation('a', 30, refused('hold-lapsed'))).filter((line) => line !== unansweredA),
    ],
    ['I6', 'a release that nobody asked for', instead(releaseB)],
    ['I6', 'leaving the list unasked', instead(leaveX)],
    [
      'I7',
      'an extension that happened twice for one call',
      [...instead(extendedA), change('extension', 'b', 9, unknown)],
    ],
    ['I8', 'a key that is told of another hold', [...sound, hold('a', 1, 90, told('b', 10))]],
    [
      'I8',
      'a repeat of a confirmation that is refused',
      [...sound, confirmation('a', 90, refused('hold-lapsed'))],
    ],
    ['I9', 'a hold before an earlier one', instead(heldA, hold('a', 1, 99, told('a', 1)))],
    ['refusal', 'a hold that is not known', [...sound, change('release', 'a', 90, refused('unknown-hold'))]],
    ['refusal', 'a hold that did not lapse', [...sound, confirmation('w', 90, refused('hold-lapsed'))]],
    [
      'refusal',
      'another payment that there was not',
      [...sound, confirmation('b', 90, refused('confirmed-with-another-reference'))],
    ],
    [
      'refusal',
      'a hold that was sold out while there were tickets',
      [...sound, hold('e', 1, 0, refused('sold-out'))],
    ],
  ])('finds %s violated by %s', (invariant, _what, lines) => {
    expect(violatedIn(lines)).toContain(invariant);
  });

  it('takes no call without an answer for a pass, but an extension, which cannot be asked again', () => {
    expect(judge(instead(boughtA)).soundness).toBe('unchecked');
    expect(judge(instead(releaseB, change('release', 'b', 60, unknown))).soundness).toBe('unchecked');
    expect(judge(instead(heldB, hold('b', 2, 40, unknown))).soundness).toBe('unchecked');
  });
});

it('a crowd that expires ends each of its holds', () => {
  const record = new HoldRecord();
  for (const [revision, each] of [holdOf('ann'), holdOf('bob'), expired(['ann', 'bob'])].entries()) {
    record.add(each, revision);
  }
  expect([...record.all.values()].map(({ ended, wasReleased }) => [ended, wasReleased])).toEqual([
    [2, false],
    [2, false],
  ]);
});
