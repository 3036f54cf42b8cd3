import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAudit } from '../../src/domain/audit/event-audit.js';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { steps, toLog } from '../projections/random-log.js';
import { cancelled, reserved, vip } from './concert-events.js';
import {
  confirmed,
  ended,
  expired,
  extended,
  held,
  joined,
  left,
  offered,
  secondsOn,
  withHolds,
} from './hold-events.js';
import { holdLog } from './random-holds.js';

/** Of I13 to I15 and `log`. The others have their tests in audits.unit.test.ts. */
function violatedIn(...events: readonly ConcertEvent[]): readonly string[] {
  const [audit, eventAudit] = [new LogAudit(), new EventAudit()];
  for (const [revision, event] of events.entries()) {
    const before = audit.model.before(event);
    eventAudit.at(BigInt(revision));
    eventAudit.add(BigInt(revision), event, audit.add(event), before);
  }
  return [...audit.findings(), eventAudit.finding(BigInt(events.length - 1))]
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ invariant }) => invariant);
}

const byHolds = (...events: readonly ConcertEvent[]): readonly string[] =>
  violatedIn(...events).filter((invariant) => ['I13', 'I14', 'I15'].includes(invariant));

/** The ticket of a confirmed hold. */
const bought = (customerId: string, ticketNumber: number, decidedAt?: string) =>
  reserved(customerId, ticketNumber, {
    purchaseId: `hold-of-${customerId}`,
    ...(decidedAt === undefined ? {} : { arrivedAt: decidedAt, decidedAt }),
  });

const soldAt = (customerId: string, ticketNumber: number, seconds: number) =>
  reserved(customerId, ticketNumber, { arrivedAt: secondsOn(seconds), decidedAt: secondsOn(seconds) });

describe('the audits of holds', () => {
  it('find nothing in logs that the deciders made', () => {
    fc.assert(
      fc.property(holdLog, (events) => {
        expect(byHolds(...events)).toEqual([]);
      }),
      { numRuns: 100 },
    );
    fc.assert(
      fc.property(steps(0), (commands) => {
        const { events } = toLog(commands);
        for (const concert of [0, 1, 2]) {
          const own = events.flatMap(({ event: { concertId, decoded } }) =>
            concertId === `concert-${concert}` && decoded.ok ? [decoded.event] : [],
          );
          if (own.length > 0) expect(violatedIn(...own)).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('find any event of a hold or place that is written twice', () => {
    fc.assert(
      fc.property(holdLog, fc.nat(), (events, choice) => {
        const places = events.flatMap(({ type, data }, i) =>
          'holdId' in data && type !== 'HoldExtended' ? [i] : [],
        );
        const i = places[choice % Math.max(1, places.length)];
        if (i === undefined) return;
        expect(byHolds(...events.slice(0, i + 1), ...events.slice(i))).toContain('I13');
      }),
    );
  });

  it('find any confirmation, or ticket of one, that is missing', () => {
    fc.assert(
      fc.property(holdLog, fc.nat(), (events, choice) => {
        const ids = new Set(events.flatMap(({ data }) => ('reference' in data ? [data.holdId] : [])));
        const places = events.flatMap(({ type, data }, i) =>
          'reference' in data || (type === 'TicketReserved' && ids.has(data.purchaseId)) ? [i] : [],
        );
        const i = places[choice % Math.max(1, places.length)];
        if (i === undefined) return;
        expect(byHolds(...events.toSpliced(i, 1))).toContain('I13');
      }),
    );
  });
});

describe('I13: a hold ends exactly once, and a confirmed one is exactly its tickets', () => {
  const start = withHolds({ capacity: 9, vipSeats: 2, ticketsPerCustomer: 4 });
  const two = held('ann', { quantity: 2, seats: ['VIP-1', 'VIP-2'] });
  const whole = [start, two, confirmed('ann', 'p1', { quantity: 2 })];
  const seated = [
    bought('ann', 1),
    ofHold(vip('ann', 1, 'VIP-1')),
    bought('ann', 2),
    ofHold(vip('ann', 2, 'VIP-2')),
  ];

  it.each<[string, readonly ConcertEvent[]]>([
    ['that ends twice', [start, held('ann'), ended('HoldReleased', 'ann'), ended('HoldsExpired', 'ann')]],
    ['that ends and never began', [start, ended('HoldsExpired', 'ann')]],
    ['that begins twice', [start, held('ann'), ended('HoldsExpired', 'ann'), held('ann')]],
    [
      'that is extended after its end',
      [start, held('ann'), ended('HoldReleased', 'ann'), extended('ann', secondsOn(9))],
    ],
    [
      'that is confirmed after its end',
      [start, held('ann'), ended('HoldReleased', 'ann'), confirmed('ann', 'p1'), bought('ann', 1)],
    ],
    [
      'that is confirmed late and had not expired',
      [start, held('ann'), confirmed('ann', 'p1', { late: true }), bought('ann', 1)],
    ],
    [
      'that is confirmed twice',
      [
        start,
        held('ann'),
        confirmed('ann', 'p1'),
        bought('ann', 1),
        confirmed('ann', 'p2'),
        bought('ann', 2),
      ],
    ],
    ['that is confirmed and gets nothing', [start, held('ann'), confirmed('ann', 'p1')]],
    [
      'that is confirmed and gets too much',
      [start, held('ann'), confirmed('ann', 'p1'), bought('ann', 1), bought('ann', 2)],
    ],
    [
      'that is confirmed for more than it had',
      [start, held('ann'), confirmed('ann', 'p1', { quantity: 2 }), bought('ann', 1), bought('ann', 2)],
    ],
    [
      'that gets its ticket after another event',
      [
        start,
        held('ann'),
        held('bob'),
        confirmed('ann', 'p1'),
        ended('HoldReleased', 'bob'),
        bought('ann', 1),
      ],
    ],
    [
      'that gets tickets of another customer',
      [start, held('ann'), confirmed('ann', 'p1'), reserved('bob', 1, { purchaseId: 'hold-of-ann' })],
    ],
    ['that is sold without a confirmation', [start, held('ann'), bought('ann', 1)]],
    ['that loses a seat', [...whole, ...seated.toSpliced(3, 1)]],
    ['that gets other seats', [...whole, ...seated.with(3, ofHold(vip('ann', 2, 'VIP-3')))]],
    [
      'of which another number comes back',
      [start, two, ended('HoldReleased', 'ann', { quantity: 1, seats: ['VIP-1', 'VIP-2'] })],
    ],
    [
      'of which other seats come back',
      [start, two, ended('HoldsExpired', 'ann', { quantity: 2, seats: ['VIP-1'] })],
    ],
    ['that is released for another customer', [start, held('ann'), ofBob(ended('HoldReleased', 'ann'))]],
    [
      'that is offered for another number than waited',
      [start, joined('ann', { quantity: 3 }), offered('ann')],
    ],
  ])('finds a hold %s', (_, log) => {
    expect(byHolds(...log)).toContain('I13');
  });

  it('takes each end, and a late confirmation with other seats, for what it is', () => {
    expect(byHolds(...whole, ...seated)).toEqual([]);
    const late = confirmed('ann', 'p1', { quantity: 2, late: true });
    const over = ended('HoldsExpired', 'ann', { quantity: 2, seats: ['VIP-1', 'VIP-2'] });
    expect(byHolds(start, two, over, late, bought('ann', 1), bought('ann', 2))).toEqual([]);
    expect(byHolds(start, held('ann'), ended('HoldReleased', 'ann'))).toEqual([]);
    const both = expired(['ann', 'bob'], { quantity: 3, seats: ['VIP-1', 'VIP-2'] });
    expect(byHolds(start, two, held('bob'), both)).toEqual([]);
  });

  it.each([
    ['of the crowd that did not begin', expired(['ann', 'eve'], { quantity: 2, seats: ['VIP-1', 'VIP-2'] })],
    ['twice in one crowd', expired(['ann', 'ann'], { quantity: 4, seats: ['VIP-1', 'VIP-2'] })],
    ['in a crowd of another number', expired(['ann', 'bob'], { quantity: 2, seats: ['VIP-1', 'VIP-2'] })],
    ['in a crowd with other seats', expired(['ann', 'bob'], { quantity: 3, seats: ['VIP-2', 'VIP-1'] })],
  ])('finds a hold that expires %s', (_, event) => {
    expect(byHolds(start, two, held('bob'), event)).toContain('I13');
  });
});

const ofBob = ({ type, data }: ConcertEvent): ConcertEvent =>
  ({ type, data: { ...data, customerId: 'bob' } }) as ConcertEvent;

function ofHold(event: ConcertEvent): ConcertEvent {
  if (event.type !== 'VipAssigned') throw new Error(event.type);
  return { ...event, data: { ...event.data, purchaseId: `hold-of-${event.data.customerId}` } };
}

describe('I14: no hold stays open long after its expiry while events are appended', () => {
  const start = [withHolds({ capacity: 100 }), held('ann')];
  /** A sale every half second, from one second to another. */
  const busy = (from: number, to: number) =>
    Array.from({ length: (to - from) * 2 + 1 }, (_, i) =>
      soldAt(`c${from}-${i}`, from * 10 + i, from + i / 2),
    );
  const expiredAt = (seconds: number) => ended('HoldsExpired', 'ann', { decidedAt: secondsOn(seconds) });

  it('finds one that expires late, and one that never does', () => {
    expect(byHolds(...start, ...busy(598, 603), expiredAt(603))).toEqual(['I14']);
    expect(byHolds(...start, ...busy(598, 603))).toEqual(['I14']);
    expect(
      byHolds(...start, ...busy(598, 603), ended('HoldReleased', 'ann', { decidedAt: secondsOn(603) })),
    ).toEqual(['I14']);
  });

  it('counts from the expiry that an extension set', () => {
    const log = [...start, extended('ann', secondsOn(610), secondsOn(500))];
    expect(byHolds(...log, ...busy(598, 611), expiredAt(611))).toEqual([]);
    expect(byHolds(...log, ...busy(598, 613), expiredAt(613))).toEqual(['I14']);
  });

  it('finds nothing where it expires in time, or with the first append after a pause', () => {
    expect(byHolds(...start, ...busy(598, 601), expiredAt(601), ...busy(602, 610))).toEqual([]);
    expect(byHolds(...start, ...busy(590, 599), expiredAt(700), ...busy(700, 705))).toEqual([]);
    expect(byHolds(...start, ...busy(598, 601), ...busy(700, 701), expiredAt(701))).toEqual([]);
  });

  it('lets a confirmation that arrived in time be decided later, and no other', () => {
    const at = secondsOn(605);
    const confirmation = confirmed('ann', 'p1', { decidedAt: at });
    const arrived = (seconds: number): ConcertEvent =>
      ({ ...confirmation, data: { ...confirmation.data, arrivedAt: secondsOn(seconds) } }) as ConcertEvent;
    const ticket = (seconds: number) =>
      reserved('ann', 99, { purchaseId: 'hold-of-ann', arrivedAt: secondsOn(seconds), decidedAt: at });
    expect(byHolds(...start, ...busy(598, 605), arrived(599), ticket(599))).toEqual([]);
    expect(byHolds(...start, ...busy(598, 605), arrived(604), ticket(604))).toEqual(['I14']);
  });
});

describe('I15: freed tickets are offered to waiting customers, in order, before they go back on sale', () => {
  const soldOut = [withHolds({ capacity: 2, ticketsPerCustomer: 2 }), held('ann'), soldAt('bob', 1, 0)];
  const back = ended('HoldReleased', 'ann');
  const waiting = [...soldOut, joined('cem'), joined('dan')];

  it.each<[string, readonly ConcertEvent[]]>([
    ['a sale to the public', [...waiting, back, reserved('eve', 2)]],
    ['a hold for the public', [...waiting, back, held('eve')]],
    [
      'a late confirmation',
      [
        ...soldOut,
        ended('HoldsExpired', 'ann'),
        joined('cem'),
        confirmed('ann', 'p1', { late: true }),
        bought('ann', 2),
      ],
    ],
    ['an offer out of turn', [...waiting, back, offered('dan')]],
    ['an offer to a customer who does not wait', [...soldOut, back, offered('cem')]],
    ['a place that is lost within the limit', [...waiting, back, left('cem', 'limit-reached')]],
    [
      'a sale to the public of what an offer left',
      [...waiting, cancelled('bob', [1]), back, offered('cem'), reserved('eve', 2)],
    ],
    [
      'an offer that is never made',
      [
        ...waiting,
        back,
        ...[1, 2, 3, 4, 5, 6].map((half) => extended('bob', secondsOn(9), secondsOn(half / 2))),
      ],
    ],
  ])('finds %s', (_, log) => {
    expect(byHolds(...log)).toContain('I15');
  });

  it('finds nothing where they are served in order, and the public after them', () => {
    expect(byHolds(...waiting, back, offered('cem'), cancelled('bob', [1]), offered('dan'))).toEqual([]);
    expect(
      byHolds(...waiting, left('dan'), back, offered('cem'), cancelled('bob', [1]), reserved('eve', 2)),
    ).toEqual([]);
  });

  it('lets a smaller one pass who fits, and the public where nobody does', () => {
    const group = [...soldOut, joined('cem', { quantity: 2 })];
    expect(byHolds(...group, joined('dan'), back, offered('dan'))).toEqual([]);
    expect(byHolds(...group, back, reserved('eve', 2))).toEqual([]);
    expect(byHolds(...group, joined('bob', { quantity: 2 }), back, reserved('eve', 2))).toEqual([]);
  });

  it('asks for no offer over the limit, nor while nothing can be sold', () => {
    const overLimit = [...soldOut, soldAt('cem', 2, 0), joined('cem', { quantity: 2 })];
    expect(byHolds(...overLimit, back, held('eve'))).toEqual([]);
    const closed: ConcertEvent = { type: 'SalesClosed', data: { concertId: 'c1', closedAt: secondsOn(1) } };
    expect(byHolds(...waiting, closed, back, held('eve', { decidedAt: secondsOn(2) }))).toEqual([]);
  });
});

describe('the audit of what events of holds state', () => {
  it('finds an expiry that the terms do not give, an early one, and an extension without end', () => {
    const logOf = (...events: readonly ConcertEvent[]) =>
      violatedIn(withHolds({ capacity: 9 }), ...events.map(withKeyId)).includes('log');
    expect(logOf(held('ann'), ended('HoldsExpired', 'ann', { decidedAt: secondsOn(600) }))).toBe(false);
    expect(logOf(held('ann', { expiresAt: secondsOn(601) }))).toBe(true);
    expect(logOf(held('ann', { quantity: 0 }))).toBe(true);
    expect(logOf(held('ann', { seats: ['VIP-1', 'VIP-2'] }))).toBe(true);
    expect(logOf(held('ann'), ended('HoldsExpired', 'ann', { decidedAt: secondsOn(599) }))).toBe(true);
    const twice = [held('ann'), held('bob', { decidedAt: secondsOn(1), expiresAt: secondsOn(601) })];
    const at = { decidedAt: secondsOn(602) };
    expect(logOf(...twice, expired(['ann', 'bob'], at))).toBe(false);
    expect(logOf(...twice, expired(['bob', 'ann'], at))).toBe(true);
    expect(logOf(...twice, expired(['ann', 'bob'], { decidedAt: secondsOn(600) }))).toBe(true);
    const later = (seconds: number) =>
      held('eve', { decidedAt: secondsOn(seconds), expiresAt: secondsOn(seconds + 600) });
    expect(logOf(held('ann'), later(602), expired(['ann'], at))).toBe(false);
    expect(logOf(held('ann'), later(603), expired(['ann'], at))).toBe(true);
    expect(logOf(held('ann'), extended('ann', secondsOn(700), secondsOn(100)))).toBe(false);
    expect(logOf(held('ann'), extended('ann', secondsOn(1900), secondsOn(1300)))).toBe(true);
    expect(logOf(held('ann'), confirmed('ann', 'p1', { decidedAt: secondsOn(601) }))).toBe(true);
    expect(violatedIn(withHolds({ holdSeconds: null }), withKeyId(held('ann')))).toContain('log');
    expect(violatedIn(withHolds({ waitingList: false }), withKeyId(joined('ann')))).toContain('log');
    expect(violatedIn(withHolds(), held('ann'))).toContain('log');
  });
});

/** The event with the id that the hold's key gives it. */
function withKeyId(event: ConcertEvent): ConcertEvent {
  if (event.type === 'HoldsExpired') {
    const holdIds = event.data.holdIds.map((id) =>
      purchaseIdOf('c1', `key-of-${id.slice('hold-of-'.length)}`),
    );
    return { ...event, data: { ...event.data, holdIds } };
  }
  if (!('holdId' in event.data)) return event;
  const holdId = purchaseIdOf('c1', `key-of-${event.data.customerId}`);
  return { ...event, data: { ...event.data, holdId } } as ConcertEvent;
}
