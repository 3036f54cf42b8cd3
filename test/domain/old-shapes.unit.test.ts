import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import { SeatSet } from '../../src/domain/collections/seat-set.js';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import { SCHEMA_VERSION, upcast } from '../../src/domain/events/upcast.js';
import { everyEventType } from '../support/event-types.js';

/** Every event type as each schema version stored it, and never changed again. A new version adds a file here. */
const versions = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);

interface Stored {
  readonly concertId: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: { readonly schemaVersion: number };
}

const read = (name: string): readonly Stored[] =>
  readFileSync(new URL(`../fixtures/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Stored);

const storedIn = (version: number): readonly Stored[] => read(`events-v${version}`);
/** Types that a version gained without a change to those that it had: the events of holds. */
const addedTo = (version: number): readonly Stored[] => read(`hold-events-v${version}`);
/** The expiry of many holds, which took the place of HoldExpired. */
const expiriesOf = (version: number): readonly Stored[] => read(`expiry-events-v${version}`);
const noLongerWritten = ['HoldExpired'];

const upcasted = (stored: readonly Stored[]) =>
  stored.map(({ concertId, type, metadata, data }) => {
    const result = upcast({ type, schemaVersion: metadata.schemaVersion, data, concertId });
    if (!result.ok) throw new Error(result.problem);
    return result.event;
  });

const eventsOf = (version: number) => upcasted(storedIn(version));

describe.each(versions)('events of schema version %i', (version) => {
  test('are there for every type', () => {
    const stored = [...storedIn(version), ...addedTo(version), ...expiriesOf(version)];
    expect(new Set(stored.map(({ type }) => type))).toEqual(new Set([...everyEventType, ...noLongerWritten]));
    expect(new Set(stored.map(({ metadata }) => metadata.schemaVersion))).toEqual(new Set([version]));
  });

  test('fold to the same concert as ever', () => {
    const concert = fold(emptyConcert(storedIn(version)[0]?.concertId ?? ''), eventsOf(version));
    const { purchases, holds, holdings, forgotten, ...rest } = concert;
    expect([forgotten.count, holds.all.size, holds.held]).toEqual([0, 0, 0]);
    expect(rest).toEqual({
      concertId: '05e7806c-efd5-56df-b22b-ab48de542d2c',
      status: 'cancelled',
      name: 'Arooj Aftab',
      capacity: 4,
      vipSeats: 2,
      ticketsPerCustomer: 2,
      salesOpenAt: '2026-11-22T19:00:00.000Z',
      salesCloseAt: '2026-11-23T19:00:00.000Z',
      startsAt: '2026-12-24T20:00:00.000Z',
      purchaseMode: 'queue',
      holdSeconds: null,
      waitingList: false,
      offerSeconds: null,
      live: 2,
      lastTicketNumber: 4,
      lastVipSeat: 2,
      freedVipSeats: SeatSet.of([2]),
      sharedPurchases: false,
      lastEventAt: '2026-11-22T19:00:30.000Z',
      revision: 11n,
    });
    expect(Object.fromEntries(holdings)).toEqual({ bob: 1, 'Çelik 🎵': 1 });
    expect(
      [...purchases.values()].map(({ customerId, idempotencyKey, status, tickets }) => [
        customerId,
        idempotencyKey,
        status,
        tickets,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['ada', 'order-1', 'cancelled', [ticket(1, 'VIP-1'), ticket(2, 'VIP-2')]],
        ['bob', '"order 2"', 'live', [ticket(3, null)]],
        ['Çelik 🎵', 'order-3', 'live', [ticket(4, 'VIP-1')]],
      ]),
    );
  });

  test('of holds fold to the same as ever', () => {
    const concert = fold(emptyConcert(addedTo(version)[0]?.concertId ?? ''), upcasted(addedTo(version)));
    const { holds, live, revision, lastEventAt } = concert;
    expect({ held: holds.held, live, revision, lastEventAt }).toEqual({
      ...{ held: 0, live: 3, revision: 17n, lastEventAt: '2026-11-25T10:12:00.000Z' },
    });
    const ended = [...holds.all.values()].map(({ customerId, status, until }) => [customerId, status, until]);
    expect(ended.sort()).toEqual([
      ['bob', 'released', '2026-11-25T10:10:50.000Z'],
      ['cem', 'left', '2026-11-25T10:10:00.000Z'],
    ]);
    const sold = [...concert.purchases.values()].map(({ customerId, reference, tickets }) => [
      customerId,
      reference,
      tickets,
    ]);
    expect(sold.sort()).toEqual([
      ['ada', 'pay_1', [ticket(1, 'VIP-1'), ticket(2, 'VIP-2')]],
      ['Çelik 🎵', 'pay_2', [ticket(3, null)]],
    ]);
  });

  test('of many holds that expired fold to the same as ever', () => {
    const stored = expiriesOf(version);
    const { holds, freedVipSeats } = fold(emptyConcert(stored[0]?.concertId ?? ''), upcasted(stored));
    expect([holds.held, holds.expiries.size, [...freedVipSeats]]).toEqual([0, 0, [1, 2]]);
    expect([...holds.all.values()].map(({ status, until }) => [status, until])).toEqual([
      ['expired', '2026-11-25T10:10:12.000Z'],
      ['expired', '2026-11-25T10:10:12.000Z'],
    ]);
  });

  test.each([
    ['purchases', storedIn],
    ['holds', addedTo],
    ['many holds', expiriesOf],
  ])('of %s stand up to an audit', (_, read) => {
    const audit = new LogAudit();
    for (const event of upcasted(read(version))) audit.add(event);
    expect(audit.findings().filter(({ verdict }) => verdict === 'violated')).toEqual([]);
  });
});

const ticket = (number: number, seat: string | null) => ({ number, seat });
