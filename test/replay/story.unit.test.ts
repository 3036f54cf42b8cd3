import { expect, test } from 'vitest';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { type Interest, tellStory } from '../../src/replay/time-travel/story.js';
import { cancelled, reserved, scheduled, vip } from '../domain/concert-events.js';
import { saleOf } from '../projections/sale.js';
import { NOW } from '../support/scenario.js';
import { holdsAfter } from './sound-holds.js';
import { storeOf } from './support.js';

const events: readonly ConcertEvent[] = [
  scheduled({ capacity: 3, vipSeats: 1, ticketsPerCustomer: 2 }),
  reserved('ada', 1),
  vip('ada', 1, 'VIP-1'),
  reserved('ada', 2),
  reserved('bob', 3),
  cancelled('ada', [1, 2], ['VIP-1']),
  { type: 'CapacityChanged', data: { concertId: 'c1', capacity: 2, previousCapacity: 3, changedAt: NOW } },
  { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } },
  { type: 'ConcertCancelled', data: { concertId: 'c1', cancelledAt: NOW } },
];

async function story(interest: Interest = {}) {
  const told = [];
  for await (const { from, to, sentence } of tellStory(storeOf('c1', events).read('c1', 0n), interest)) {
    told.push(`${from}–${to} ${sentence}`);
  }
  return told;
}

const adaBought = `1–3 ada bought tickets 1 (seat VIP-1) and 2, purchase purchase-of-ada (asked at ${NOW}, key key-of-ada).`;
const adaCancelled =
  "5–5 ada's purchase purchase-of-ada was cancelled: tickets 1 and 2, and VIP-1 went back on sale.";
const calledOff = '8–8 The concert was cancelled.';

test('the story of a concert has a sentence per event, and one per purchase', async () => {
  expect(await story()).toEqual([
    '0–0 "The Example" was scheduled: 3 tickets, 1 of them with VIP seats, 2 per customer.',
    adaBought,
    `4–4 bob bought ticket 3, purchase purchase-of-bob (asked at ${NOW}, key key-of-bob); that sold it out.`,
    adaCancelled,
    '6–6 The capacity was changed from 3 to 2.',
    '7–7 Sales were closed.',
    calledOff,
  ]);
});

test.each([
  ['a customer', { customerId: 'ada' }],
  ['a purchase', { purchaseId: 'purchase-of-ada' }],
  ['a ticket', { ticketNumber: 2 }],
])('the story of %s has only its own events', async (_, interest) => {
  expect(await story(interest)).toEqual([adaBought, adaCancelled, calledOff]);
});

test('the story of a customer without purchases is empty', async () => {
  expect(await story({ customerId: 'eve' })).toEqual([]);
});

test('an unreadable event gets a sentence, and the story continues', async () => {
  const pages = (async function* () {
    for await (const page of storeOf('c1', events).read('c1', 0n)) {
      yield page.map((event) =>
        event.revision === 4n
          ? { ...event, decoded: { ok: false as const, problem: 'of version 9' } }
          : event,
      );
    }
  })();
  const sentences = [];
  for await (const { sentence } of tellStory(pages)) sentences.push(sentence);
  expect(sentences[2]).toBe('An event that this version cannot read was recorded: of version 9.');
  expect(sentences).toHaveLength(7);
});

test('the story of a hold begins with the wait for it, and includes the purchase that it became', async () => {
  const sale = saleOf('c1', 12).slice(0, 22);
  const all = [...sale, ...holdsAfter(sale)];
  const told = async (key: string) => {
    const sentences = [];
    const interest = { purchaseId: purchaseIdOf('c1', key) };
    for await (const { sentence } of tellStory(storeOf('c1', all).read('c1', 0n), interest)) {
      sentences.push(sentence.replaceAll(interest.purchaseId, 'H').replaceAll(/[0-9-]+T[0-9:.]+Z/g, 'T'));
    }
    return sentences;
  };
  expect(await told('hold-ann')).toEqual([
    '1 ticket with VIP-10 was held for ann until T, hold H.',
    "ann's hold H was confirmed (reference payment-ann).",
    'ann bought ticket 11 (seat VIP-10), purchase H (asked at T, key hold-ann).',
  ]);
  expect(await told('hold-fay')).toEqual([
    'fay joined the waiting list for 1 ticket, place H.',
    '1 ticket was offered to fay until T, hold H.',
    "fay's hold H was extended to T.",
    "fay's hold H expired: 1 ticket came back.",
  ]);
  expect(await told('hold-cem')).toHaveLength(4);
});
