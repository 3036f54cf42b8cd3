import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { tokenVerifier } from '../../src/api/access/token-verifier.js';
import { routes } from '../../src/api/routes/index.js';
import { loadConfig } from '../../src/cli/config.js';
import { emptyConcert } from '../../src/domain/concert.js';
import { accepted, aPurchase, CONCERT, type GivenServices, send, startApi } from './support.js';
import { bearer, rules } from './tokens.js';

const authenticate = tokenVerifier(rules, pino({ level: 'silent' }));
function startClosed(given: GivenServices = {}) {
  const api = startApi({ authenticate, ...given });
  // A stream would not end.
  api.services.live.stop();
  return api;
}

const PURCHASES = `/concerts/${CONCERT}/purchases`;
const ada = { sub: 'ada' };
const ops = { sub: 'box-office', roles: ['operator'] };
const pathFor = (path: string) =>
  path
    .replace(':customerId', 'ada')
    .replaceAll(/:\w*Id/g, CONCERT)
    .replace(':problem', 'sold-out');

const unauthorized = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer' },
  body: { type: '/problems/unauthorized' },
};

describe('without a token', () => {
  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s is open only where it says nothing of anybody',
    async (_, { method, path, guard, body, tag }) => {
      const open = [
        '/concerts',
        '/concerts/:concertId',
        '/concerts/:concertId/stock',
        '/concerts/:concertId/live',
        '/concerts/:concertId/sales',
        '/problems',
        '/problems/:problem',
        '/healthz',
        '/readyz',
        '/metrics',
        '/openapi.json',
        '/docs',
        '/',
        '/watch/:concertId',
        '/page/:version/:folder/:file',
        '/page/:version/style.css',
        '/page/:version/display.woff2',
      ];
      const isOpen = method === 'GET' && open.includes(path);
      expect(guard === null).toBe(isOpen);
      const answer = await send(startClosed(), pathFor(path), {
        method,
        ...(body === null ? {} : { json: body.example }),
      });
      // The page may not be built, and has no file of this name.
      if (isOpen) expect(tag === 'Page' ? [200, 404] : [200]).toContain(answer.status);
      else expect(answer).toMatchObject(unauthorized);
    },
  );
});

describe('a token is refused', () => {
  test.each([
    ['that has expired', { ...ada, expires: '-1m' }],
    ['that never expires', { ...ada, expires: null }],
    ['of another issuer', { ...ada, iss: 'https://evil.example' }],
    ['for another audience', { ...ada, aud: 'other' }],
    ['of nobody', {}],
    ['of a customer that cannot be', { sub: ' ada' }],
    ['signed with another secret', { ...ada, secret: 'x'.repeat(64) }],
    ['signed with another algorithm', { ...ada, alg: 'HS512' }],
  ])('%s', async (_, claims) => {
    const headers = await bearer(claims);
    const answer = await send(startClosed(), '/customers/ada/purchases', { headers });
    expect(answer).toMatchObject(unauthorized);
  });

  test.each([
    '',
    'Bearer',
    'Bearer x',
    'Bearer a.b.c',
    'Basic YWRhOmFkYQ==',
    'Bearer eyJhbGciOiJub25lIn0.e30.',
  ])('that is "%s"', async (authorization) => {
    const answer = await send(startClosed(), '/customers/ada/purchases', { headers: { authorization } });
    expect(answer).toMatchObject(unauthorized);
  });
});

describe('a customer', () => {
  test('buys for themselves alone', async () => {
    const bought: unknown[] = [];
    const api = startClosed({
      commands: {
        purchase: async ({ customerId }) => {
          bought.push(customerId);
          return accepted(aPurchase({ customerId }));
        },
      },
    });
    const headers = await bearer(ada);
    const own = await send(api, PURCHASES, { json: { customerId: 'ada' }, headers });
    const others = await send(api, PURCHASES, { json: { customerId: 'bob' }, headers });
    expect(own.status).toBe(201);
    expect(others).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    expect(bought).toEqual(['ada']);
  });

  test('has Idempotency-Keys that no other customer shares', async () => {
    const keys: string[] = [];
    const api = startClosed({
      commands: {
        purchase: async ({ customerId, idempotencyKey }) => {
          keys.push(idempotencyKey);
          return accepted(aPurchase({ customerId, idempotencyKey }));
        },
      },
    });
    for (const [sub, key] of [
      ['a', 'b/c'],
      ['a/b', 'c'],
      ['bob', 'k1'],
      ['bob', 'k1'],
    ] as const) {
      const headers = { ...(await bearer({ sub })), 'idempotency-key': key };
      const answer = await send(api, PURCHASES, { json: { customerId: sub }, headers });
      expect(answer.headers['idempotency-key']).toBe(key);
    }
    expect(keys).toEqual(['a/b/c', 'a%2Fb/c', 'bob/k1', 'bob/k1']);
  });

  const purchase = aPurchase({ customerId: 'bob' });
  const known = {
    ...{ purchaseId: purchase.purchaseId, concertId: CONCERT, customerId: 'bob', idempotencyKey: 'k' },
    ...{ quantity: 1, tickets: [], status: 'live' as const, revision: 1n },
    arrivedAt: '2030-01-01T00:00:00.000Z',
    purchasedAt: '2030-01-01T00:00:00.000Z',
    cancelledAt: null,
  };
  const path = `${PURCHASES}/${purchase.purchaseId}`;

  test.each<[string, GivenServices]>([
    ['read model', { queries: { purchase: async () => known } }],
    ['log', { commands: { find: async () => purchase } }],
  ])('sees no purchase of another, from the %s', async (_, given) => {
    const api = startClosed(given);
    expect(await send(api, path, { headers: await bearer(ada) })).toMatchObject({
      status: 404,
      body: { type: '/problems/unknown-purchase' },
    });
    expect(await send(api, path, { headers: await bearer({ sub: 'bob' }) })).toMatchObject({ status: 200 });
    expect(await send(api, path, { headers: await bearer(ops) })).toMatchObject({ status: 200 });
  });

  test('cancels no purchase of another', async () => {
    const cancelled: string[] = [];
    const api = startClosed({
      commands: {
        load: async (concertId) => ({ ...emptyConcert(concertId), status: 'scheduled' }),
        find: async () => purchase,
        cancelPurchase: async (_, purchaseId) => {
          cancelled.push(purchaseId);
          return { kind: 'cancelled', purchase, revision: 2n };
        },
      },
    });
    const cancel = async (claims: Parameters<typeof bearer>[0]) =>
      (await send(api, `${path}/cancellation`, { method: 'POST', headers: await bearer(claims) })).status;
    expect(await cancel(ada)).toBe(404);
    expect(cancelled).toEqual([]);
    expect(await cancel({ sub: 'bob' })).toBe(200);
    expect(await cancel(ops)).toBe(200);
    expect(cancelled).toHaveLength(2);
  });

  test('lists no purchases of another, however the id is written', async () => {
    const api = startClosed();
    const headers = await bearer({ sub: 'Zo\u00eb' });
    expect(await send(api, '/customers/bob/purchases', { headers })).toMatchObject({ status: 403 });
    const nfd = encodeURIComponent('Zoe\u0308');
    expect(await send(api, `/customers/${nfd}/purchases`, { headers })).toMatchObject({ status: 200 });
  });

  test.each([
    ['schedules no concert', '/concerts', { json: { name: 'x', capacity: 1, vipSeats: 0 } }],
    ['changes none', `/concerts/${CONCERT}`, { method: 'PATCH', json: { status: 'cancelled' } }],
    ['audits none', `/concerts/${CONCERT}/audit`, {}],
    ['reads no log', `/concerts/${CONCERT}/events`, {}],
    ['sees no one’s tickets', `/concerts/${CONCERT}/tickets`, {}],
  ])('%s', async (_, path, options) => {
    for (const roles of [undefined, [], ['customer'], 'operator', { operator: true }]) {
      const headers = await bearer({ ...ada, roles });
      const answer = await send(startClosed(), path, { ...options, headers });
      expect(answer).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    }
  });
});

test('an operator does all of it', async () => {
  const headers = await bearer(ops);
  for (const { method, path, body } of routes) {
    const json = body === null ? {} : { json: body.example };
    const { status } = await send(startClosed(), pathFor(path), { method, headers, ...json });
    expect([401, 403]).not.toContain(status);
  }
});

describe('the configuration of tokens', () => {
  const given = { JWT_SECRET: 'x'.repeat(32), JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'onsale' };

  test('is a secret or the address of keys, with issuer and audience', () => {
    expect(loadConfig(given)).toMatchObject({
      config: { access: { tokens: { keys: { secret: given.JWT_SECRET } } } },
    });
    const { JWT_SECRET: _, ...rest } = given;
    const jwksUrl = 'https://issuer.example/keys';
    expect(loadConfig({ ...rest, JWT_JWKS_URL: jwksUrl })).toMatchObject({
      config: { access: { tokens: { keys: { jwksUrl } } } },
    });
  });

  test.each([
    ['without an issuer', { JWT_ISSUER: '' }, 'JWT_SECRET'],
    ['without an audience', { JWT_AUDIENCE: '' }, 'JWT_SECRET'],
    ['without keys', { JWT_SECRET: '' }, 'JWT_ISSUER'],
    ['with both kinds of keys', { JWT_JWKS_URL: 'https://issuer.example/keys' }, 'JWT_JWKS_URL'],
    ['with a secret that can be guessed', { JWT_SECRET: 'hunter2' }, 'JWT_SECRET'],
    ['with keys from a file', { JWT_SECRET: '', JWT_JWKS_URL: 'file:///keys' }, 'JWT_JWKS_URL'],
  ])('is refused %s, and the secret is not told', (_, change, name) => {
    const loaded = loadConfig({ ...given, ...change });
    expect(loaded).toMatchObject({ ok: false, problems: [expect.stringMatching(`^${name} is "`)] });
    expect(JSON.stringify(loaded)).not.toMatch(/hunter2|x{32}/);
  });
});
