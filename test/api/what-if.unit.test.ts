import { expect, test } from 'vitest';
import { reserved, scheduled, vip } from '../domain/concert-events.js';
import { storeOf } from '../replay/support.js';
import { CONCERT, send, startApi } from './support.js';

const path = `/concerts/${CONCERT}/what-if`;
const sale = [
  scheduled({ concertId: CONCERT, capacity: 3, vipSeats: 1, ticketsPerCustomer: 2 }),
  reserved('ada', 1, { concertId: CONCERT }),
  vip('ada', 1, 'VIP-1'),
  reserved('bob', 2, { concertId: CONCERT }),
];
const api = () => startApi({ log: { read: storeOf(CONCERT, sale).read } });

test('a sale is decided again under other rules', async () => {
  const { status, body } = await send(api(), `${path}?vipSeats=2&capacity=2`);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      recorded: { capacity: 3, purchases: 2, live: 2, vip: 1 },
      would: { capacity: 2, purchases: 2, live: 2, vip: 2 },
      purchases: { refused: 0, gainsVip: 1 },
    },
  });
  const smaller = await send(api(), `${path}?capacity=1`);
  expect(smaller.body).toMatchObject({ would: { live: 1 }, purchases: { refused: 1 } });
});

test.each([
  ['vipSeats=4', 'vipSeats', 'must not be more than the capacity'],
  ['capacity=0', 'capacity', 'must be a whole number from 1 to 1000000'],
  ['capacity=ten', 'capacity', 'must be a whole number from 1 to 1000000'],
  ['seats=4', 'seats', expect.any(String)],
])('%s is refused', async (query, field, problem) => {
  const { status, body } = await send(api(), `${path}?${query}`);
  expect({ status, body }).toMatchObject({ status: 400, body: { errors: [{ field, problem }] } });
});

test('a concert that is not in the log is unknown', async () => {
  expect(await send(startApi(), path)).toMatchObject({
    status: 404,
    body: { type: '/problems/unknown-concert' },
  });
});
