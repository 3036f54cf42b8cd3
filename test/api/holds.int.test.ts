import { pino } from 'pino';
import { expect, test } from 'vitest';
import { tokenVerifier } from '../../src/api/access/token-verifier.js';
import { writeSides } from '../commands/support.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { type Answer, type GivenServices, type Send, send, startApi } from './support.js';
import { bearer, rules } from './tokens.js';

const writeSide = writeSides();

/** The API over a write side on real servers, and a concert. */
async function box(terms: object = {}, given: GivenServices = {}) {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const open = startApi({ commands: side.commands });
  const json = { name: 'The Example', capacity: 2, vipSeats: 1, holdSeconds: 600, ...terms };
  const { status, body } = await send(open, '/concerts', { json });
  expect(status).toBe(201);
  const path = `/concerts/${body?.concertId}`;
  const api = startApi({ commands: side.commands, ...given });
  const ask = (rest: string, more: Send = {}) => send(api, `${path}${rest}`, more);
  const hold = (customerId: string, more: Send = {}) =>
    ask('/holds', { json: { customerId }, headers: { 'idempotency-key': `hold-${customerId}` }, ...more });
  const confirm = (answer: Answer, reference: string, more: Send = {}) =>
    ask(`/holds/${answer.body?.holdId}/confirmation`, { json: { reference }, ...more });
  const statusOf = async (answer: Answer) => (await ask(`/holds/${answer.body?.holdId}`)).body?.status;
  return { side, ask, hold, confirm, statusOf, path };
}

const seen = ({ status, body }: Answer) => [status, body?.type ?? body?.status ?? 'confirmed'];

test('tickets are held, shown, extended, confirmed, and are then a purchase with the id of the hold', async () => {
  const { ask, hold, confirm, path } = await box();
  const held = await hold('ada');
  expect(held).toMatchObject({
    status: 201,
    headers: { location: `${path}/holds/${held.body?.holdId}`, 'idempotency-key': 'hold-ada' },
    body: { status: 'open', reason: 'request', seats: ['VIP-1'], extensionsLeft: 2, revision: '1' },
  });
  const again = await hold('ada');
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect(again.body).toEqual(held.body);
  const other = await hold('ada', { json: { customerId: 'ada', quantity: 2 } });
  expect(seen(other)).toEqual([422, '/problems/key-reused']);

  const extended = await ask(`/holds/${held.body?.holdId}/extension`, { method: 'POST' });
  expect(extended).toMatchObject({ status: 200, body: { extensionsLeft: 1, revision: '2' } });
  expect((await ask(`/holds/${held.body?.holdId}?minRevision=2`)).body).toEqual(extended.body);

  const sold = await confirm(held, 'payment-1');
  expect(sold).toMatchObject({
    status: 201,
    headers: { location: `${path}/purchases/${held.body?.holdId}` },
    body: { reference: 'payment-1', tickets: [{ number: 1, seat: 'VIP-1' }], late: false, revision: '5' },
  });
  const twice = await confirm(held, 'payment-1');
  expect(twice.headers['idempotent-replayed']).toBe('true');
  expect(twice.body).toEqual(sold.body);
  expect(await confirm(held, 'payment-2')).toMatchObject({
    ...{ status: 409, body: { type: '/problems/confirmed-with-another-reference', reference: 'payment-1' } },
  });
  expect((await ask(`/holds/${held.body?.holdId}`)).body).toMatchObject({ status: 'confirmed' });
  expect(seen(await ask(`/holds/${held.body?.holdId}/release`, { method: 'POST' }))).toEqual([
    ...[409, '/problems/hold-confirmed'],
  ]);
});

test('all tickets on hold is told apart from sold out, with the time to ask again', async () => {
  const { ask, hold, confirm } = await box();
  const [ada, bob] = [await hold('ada'), await hold('bob')];
  const refused = await ask('/purchases', { json: { customerId: 'eve' } });
  expect(refused).toMatchObject({ status: 409, body: { type: '/problems/all-held', held: 2 } });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
  expect(seen(await hold('eve'))).toEqual([409, '/problems/all-held']);
  for (const held of [ada, bob]) expect((await confirm(held, 'p')).status).toBe(201);
  expect(seen(await hold('eve'))).toEqual([409, '/problems/sold-out']);
});

test('a confirmation that comes after the expiry gets tickets while there are some, or is told to refund', async () => {
  const { ask, hold, confirm, statusOf } = await box({ holdSeconds: 1 });
  const [ada, bob] = [await hold('ada'), await hold('bob')];
  await untilAsync(async () => (await statusOf(bob)) === 'expired', 'the holds to expire');
  expect(await confirm(ada, 'late-payment')).toMatchObject({ status: 201, body: { late: true } });
  expect((await ask('/purchases', { json: { customerId: 'eve' } })).status).toBe(201);
  const lapsed = { type: '/problems/hold-lapsed', because: 'sold-out' };
  expect(await confirm(bob, 'later-payment')).toMatchObject({ status: 409, body: lapsed });
  expect(await confirm(bob, 'later-payment')).toMatchObject({ status: 409, body: lapsed });
  expect(seen(await ask(`/holds/${bob.body?.holdId}/extension`, { method: 'POST' }))).toEqual([
    ...[409, '/problems/hold-not-open'],
  ]);
});

test('who waits is offered what comes back, and shown the place until then', async () => {
  const { ask, hold, confirm } = await box({ waitingList: true, offerSeconds: 60, capacity: 1, vipSeats: 0 });
  const ada = await hold('ada');
  const join = (customerId: string) =>
    ask('/waiting-list', { json: { customerId }, headers: { 'idempotency-key': `wait-${customerId}` } });
  const [wim, xia] = [await join('wim'), await join('xia')];
  expect(wim).toMatchObject({ status: 201, body: { status: 'waiting', position: 1 } });
  expect(xia).toMatchObject({ status: 201, body: { status: 'waiting', position: 2 } });
  const placeOf = async (place: Answer) => (await ask(`/waiting-list/${place.body?.holdId}`)).body;
  expect(await placeOf(xia)).toEqual(xia.body);
  expect((await join('xia')).headers['idempotent-replayed']).toBe('true');

  expect(seen(await ask(`/holds/${ada.body?.holdId}/release`, { method: 'POST' }))).toEqual([
    200,
    'released',
  ]);
  expect(await placeOf(wim)).toMatchObject({ status: 'open', reason: 'offer' });
  expect(await placeOf(xia)).toMatchObject({ status: 'waiting', position: 1 });
  const leave = (place: Answer) => ask(`/waiting-list/${place.body?.holdId}`, { method: 'DELETE' });
  expect(seen(await leave(wim))).toEqual([409, '/problems/already-offered']);
  expect(seen(await leave(xia))).toEqual([200, 'left']);
  expect(seen(await leave(xia))).toEqual([200, 'left']);
  expect((await confirm(wim, 'payment')).status).toBe(201);
});

test('what is not to be had is refused by name', async () => {
  const { ask, hold } = await box({ holdSeconds: null });
  expect(seen(await hold('ada'))).toEqual([409, '/problems/no-holds']);
  expect(seen(await ask('/waiting-list', { json: { customerId: 'ada' } }))).toEqual([
    ...[409, '/problems/no-waiting-list'],
  ]);
  const nobody = '/holds/6f2c1a60-33c9-4d0a-9a55-0d5c7a5b9f10';
  expect(seen(await ask(nobody))).toEqual([404, '/problems/unknown-hold']);
  expect(seen(await ask(`${nobody}/confirmation`, { json: { reference: 'p' } }))).toEqual([
    ...[404, '/problems/unknown-hold'],
  ]);
  expect(seen(await ask('/holds/nonsense'))).toEqual([404, '/problems/unknown-hold']);
  expect(seen(await ask(`${nobody}/confirmation`, { json: {} }))).toEqual([400, '/problems/invalid-request']);
});

test('a waiting list needs the time for which an offer is held', async () => {
  const api = startApi();
  const json = { name: 'The Example', capacity: 2, vipSeats: 1, waitingList: true };
  expect(await send(api, '/concerts', { json })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'offerSeconds', problem: 'is needed with a waiting list' }] },
  });
});

test('customers touch their own holds alone', async () => {
  const authenticate = tokenVerifier(rules, pino({ level: 'silent' }));
  const { ask, hold, confirm } = await box({}, { authenticate });
  const [ada, eve] = [await bearer({ sub: 'ada' }), await bearer({ sub: 'eve' })];
  const ops = await bearer({ sub: 'till', roles: ['operator'] });
  expect(seen(await hold('ada', { headers: eve }))).toEqual([403, '/problems/forbidden']);
  const held = await hold('ada', { headers: ada });
  expect(held.status).toBe(201);
  const path = `/holds/${held.body?.holdId}`;
  const unknown = [404, '/problems/unknown-hold'];
  expect(seen(await ask(path, { headers: eve }))).toEqual(unknown);
  for (const [command, json] of [
    ...[
      ['/confirmation', { reference: 'p' }] as const,
      ['/extension', {}] as const,
      ['/release', {}] as const,
    ],
  ]) {
    expect(seen(await ask(path + command, { json, headers: eve }))).toEqual(unknown);
  }
  expect(seen(await ask(path, { headers: ada }))).toEqual([200, 'open']);
  expect((await confirm(held, 'payment', { headers: ops })).status).toBe(201);
});
