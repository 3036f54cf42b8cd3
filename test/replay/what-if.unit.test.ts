import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { recordedSale } from '../../src/replay/what-if/recorded-sale.js';
import { ImpossibleRules, type OtherRules, whatIf } from '../../src/replay/what-if/what-if.js';
import { cancelled, reserved, scheduled, vip } from '../domain/concert-events.js';
import {
  confirmed,
  ended,
  held,
  holdSeconds,
  joined,
  offered,
  secondsOn,
  withHolds,
} from '../domain/hold-events.js';
import { steps, toLog } from '../projections/random-log.js';
import { storeOf } from './support.js';

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();

async function tried(events: readonly ConcertEvent[], rules: OtherRules, concertId = 'c1') {
  const sale = await recordedSale(storeOf(concertId, events), concertId);
  if (sale === null) throw new Error('there is no sale');
  return whatIf(sale, rules);
}

const sale: readonly ConcertEvent[] = [
  scheduled({ capacity: 3, vipSeats: 1, ticketsPerCustomer: 2 }),
  reserved('ada', 1, { arrivedAt: at(1), decidedAt: at(1) }),
  vip('ada', 1, 'VIP-1'),
  reserved('ada', 2, { arrivedAt: at(1), decidedAt: at(1) }),
  reserved('bob', 3, { arrivedAt: at(2), decidedAt: at(2) }),
];

const changes = ({ differences }: { differences: readonly { change: string }[] }) =>
  differences.map(({ change }) => change);

test('under the recorded rules, in the recorded order, nothing differs', async () => {
  await fc.assert(
    fc.asyncProperty(steps(0), async (commands) => {
      const { events, concerts } = toLog(commands);
      for (const [concertId, concert] of concerts) {
        const own = events.flatMap(({ event }) =>
          event.concertId === concertId && event.decoded.ok ? [event.decoded.event] : [],
        );
        const result = await tried(own, {}, concertId);
        expect(result.differences).toEqual([]);
        expect(result.refusedChanges).toEqual([]);
        expect(result.refusedClaims).toEqual([]);
        expect(result.would).toEqual(result.recorded);
        expect(result.would.live).toBe(concert.live);
      }
    }),
  );
});

test('more VIP seats go to the next purchases', async () => {
  const result = await tried(sale, { vipSeats: 3 });
  expect(changes(result)).toEqual(['gains-vip', 'gains-vip']);
  expect(result.differences[1]?.would).toEqual({ kind: 'got', tickets: [{ number: 3, seat: 'VIP-3' }] });
  expect(result).toMatchObject({ recorded: { vip: 1 }, would: { vip: 3 } });
});

test('with less capacity, the last purchase is refused, with its reason', async () => {
  const result = await tried(sale, { capacity: 2 });
  expect(result.differences).toMatchObject([
    { purchase: { customerId: 'bob' }, would: { kind: 'refused', refusal: { reason: 'sold-out' } } },
  ]);
});

test('a purchase over the changed limit is refused, and the next one gets its tickets', async () => {
  const result = await tried(sale, { ticketsPerCustomer: 1 });
  expect(result.differences).toMatchObject([
    { change: 'refused', purchase: { customerId: 'ada' } },
    { change: 'gains-vip', would: { tickets: [{ number: 1, seat: 'VIP-1' }] } },
  ]);
});

test('without other rules, purchases served out of the order of arrival are found', async () => {
  const overtaken: readonly ConcertEvent[] = [
    scheduled({ capacity: 2, vipSeats: 1 }),
    reserved('late', 1, { arrivedAt: at(5), decidedAt: at(5) }),
    vip('late', 1, 'VIP-1'),
    reserved('early', 2, { arrivedAt: at(4), decidedAt: at(6) }),
  ];
  expect(changes(await tried(overtaken, {}))).toEqual(['gains-vip', 'loses-vip']);
});

test('queue ids take precedence over clocks', async () => {
  const inLine: readonly ConcertEvent[] = [
    scheduled({ capacity: 2 }),
    reserved('first', 1, { arrivedAt: at(9), queueId: '1700000000000-9' }),
    vip('first', 1, 'VIP-1'),
    reserved('second', 2, { arrivedAt: at(1), queueId: '1700000000000-10' }),
  ];
  expect((await tried(inLine, {})).differences).toEqual([]);
});

test('a cancellation stays after its purchase, whatever the clocks say', async () => {
  const skewed: readonly ConcertEvent[] = [
    scheduled({ capacity: 1 }),
    reserved('ada', 1, { arrivedAt: at(30) }),
    vip('ada', 1, 'VIP-1'),
    cancelled('ada', [1], ['VIP-1']),
    reserved('bob', 2, { arrivedAt: at(40) }),
    vip('bob', 2, 'VIP-1'),
  ];
  const result = await tried(skewed, {});
  expect(result.differences).toEqual([]);
  expect(result.would).toMatchObject({ live: 1, purchases: 2 });
});

test('a change of capacity that other rules forbid is reported', async () => {
  const shrunk: readonly ConcertEvent[] = [
    ...sale.slice(0, 2),
    vip('ada', 1, 'VIP-1'),
    {
      type: 'CapacityChanged',
      data: { concertId: 'c1', capacity: 1, previousCapacity: 3, changedAt: at(3) },
    },
  ];
  const result = await tried(shrunk, { vipSeats: 2 });
  expect(result.refusedChanges).toMatchObject([{ refusal: { reason: 'capacity-below-vip-seats' } }]);
});

test('more VIP seats than tickets are refused', async () => {
  await expect(tried(sale, { vipSeats: 4 })).rejects.toThrow(ImpossibleRules);
});

/** Ann confirms after five minutes, Bob lets his hold lapse, and Cem gets what comes back. */
const heldSale: readonly ConcertEvent[] = [
  withHolds({ capacity: 2 }),
  held('ann'),
  held('bob'),
  joined('cem'),
  joined('dan'),
  confirmed('ann', 'payment-1', { decidedAt: secondsOn(300) }),
  boughtOf('ann', 1, 300),
  ended('HoldsExpired', 'bob', { decidedAt: secondsOn(holdSeconds + 1) }),
  offered('cem', { decidedAt: secondsOn(holdSeconds + 1), expiresAt: secondsOn(holdSeconds + 61) }),
  confirmed('cem', 'payment-2', { decidedAt: secondsOn(holdSeconds + 30) }),
  boughtOf('cem', 2, holdSeconds + 30),
];

function boughtOf(customerId: string, ticketNumber: number, seconds: number): ConcertEvent {
  const time = { arrivedAt: secondsOn(seconds), decidedAt: secondsOn(seconds) };
  return reserved(customerId, ticketNumber, { purchaseId: `hold-of-${customerId}`, ...time });
}

test('a sale with holds is decided the same under the recorded times', async () => {
  const same = { differences: [], refusedClaims: [], would: { live: 2, expired: 1 } };
  for (const rules of [{}, { holdSeconds }]) expect(await tried(heldSale, rules)).toMatchObject(same);
});

test('with shorter holds a confirmation is too late, while its ticket is offered to the next who waits', async () => {
  const result = await tried(heldSale, { holdSeconds: 280 });
  expect(result.differences).toMatchObject([
    {
      change: 'refused',
      purchase: { customerId: 'ann' },
      would: { refusal: { reason: 'hold-lapsed', because: 'all-held' } },
    },
    { change: 'other-number', purchase: { customerId: 'cem' } },
  ]);
  expect(result).toMatchObject({ recorded: { live: 2, expired: 1 }, would: { live: 1, expired: 4 } });
  expect(await tried(heldSale, { holdSeconds: 280 })).toEqual(result);
});

test('with longer holds nothing comes back in time for those who wait', async () => {
  const result = await tried(heldSale, { holdSeconds: 3_600 });
  expect(result.differences).toMatchObject([
    { change: 'refused', purchase: { customerId: 'cem' }, would: { refusal: { reason: 'unknown-hold' } } },
  ]);
  expect(result.would).toMatchObject({ live: 1, expired: 0 });
});

test('with longer offers, an offer that lapsed is confirmed late', async () => {
  const late: readonly ConcertEvent[] = [
    ...heldSale.slice(0, 9),
    ended('HoldsExpired', 'cem', { decidedAt: secondsOn(holdSeconds + 62) }),
    confirmed('cem', 'payment-2', { decidedAt: secondsOn(holdSeconds + 100), late: true }),
    boughtOf('cem', 2, holdSeconds + 100),
  ];
  expect(await tried(late, { offerSeconds: 300 })).toMatchObject({
    differences: [],
    recorded: { expired: 2 },
    would: { expired: 1, live: 2 },
  });
});
