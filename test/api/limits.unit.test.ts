import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { authenticator } from '../../src/api/access/authenticate.js';
import { newOperatorKey } from '../../src/api/access/operator-key.js';
import { addressReader, isNetwork } from '../../src/api/limits/client-address.js';
import type { Limit, LimitRules, Policy } from '../../src/api/limits/request-limits.js';
import { SharedLimit } from '../../src/redis/shared-limit.js';
import { CONCERT, send, startApi } from './support.js';
import { bearer, rules } from './tokens.js';

const logger = pino({ level: 'silent' });
const PURCHASES = `/concerts/${CONCERT}/purchases`;

const limitOf = (policy: Policy, quota: number): Limit => ({
  ...{ policy, quota, windowSeconds: 3_600 },
  counter: new SharedLimit(policy, { quota, windowSeconds: 3_600 }, null),
});

/** Clients say their address themselves: what is read of a connection is tested below. */
const addressOf: LimitRules['addressOf'] = ({ forwardedFor = 'nowhere' }) => forwardedFor;

const from = (address: string) => ({ 'x-forwarded-for': address });

describe('requests', () => {
  const key = newOperatorKey('shop');
  const authenticate = authenticator({ tokens: rules }, async () => [key], logger);
  const statuses = async (times: number, ask: () => Promise<{ status: number }>) => {
    const all = [];
    for (let i = 0; i < times; i++) all.push((await ask()).status);
    return all;
  };

  test('of one customer are limited, whatever their address, and those of others go on', async () => {
    const limited: Policy[] = [];
    const api = startApi({
      authenticate,
      limits: { customer: limitOf('customer', 3), addressOf, onLimited: (policy) => limited.push(policy) },
    });
    const ask = async (sub: string, address: string) =>
      send(api, `/customers/${sub}/purchases`, { headers: { ...(await bearer({ sub })), ...from(address) } });
    let last = 0;
    expect(await statuses(5, () => ask('ada', `10.0.0.${last++}`))).toEqual([200, 200, 200, 429, 429]);
    expect(await ask('bob', '10.0.0.1')).toMatchObject({
      status: 200,
      headers: {
        'ratelimit-policy': '"customer";q=3;w=3600',
        ratelimit: expect.stringMatching(/^"customer";r=2;t=\d+$/),
      },
    });
    expect(await ask('ada', '10.0.0.1')).toMatchObject({
      status: 429,
      headers: {
        'retry-after': expect.stringMatching(/^3[56]\d\d$/),
        'ratelimit-policy': '"customer";q=3;w=3600',
        ratelimit: expect.stringMatching(/^"customer";r=0;t=\d+$/),
      },
      body: { type: '/problems/too-many-requests', policy: 'customer' },
    });
    expect(limited).toEqual(['customer', 'customer', 'customer']);
  });

  test('from one address are limited, with and without a token, known path or not, before a token is looked at', async () => {
    let looked = 0;
    const api = startApi({
      authenticate: (credential) => {
        looked++;
        return authenticate(credential);
      },
      limits: { address: limitOf('address', 4), addressOf },
    });
    const paths = [
      '/customers/ada/purchases',
      '/concerts',
      '/nothing',
      `${PURCHASES}/${CONCERT}/cancellation`,
      '/customers/ada/purchases',
    ];
    const headers = { ...from('192.0.2.1'), authorization: 'Bearer x.y.z' };
    const answers = [];
    for (const path of paths) answers.push((await send(api, path, { headers })).status);
    expect(answers).toEqual([401, 200, 404, 405, 429]);
    // The fifth is found to be too many after its token was looked at; the sixth is known before.
    expect(looked).toBe(2);
    expect((await send(api, '/customers/ada/purchases', { headers })).status).toBe(429);
    expect(looked).toBe(2);
    expect((await send(api, '/concerts', { headers: from('192.0.2.2') })).status).toBe(200);
  });

  test('of operators are not limited', async () => {
    const limits = { address: limitOf('address', 1), customer: limitOf('customer', 1), addressOf };
    const api = startApi({ authenticate, limits });
    const headers = { authorization: `Bearer ${key.text}`, ...from('10.0.0.1') };
    expect(await statuses(5, () => send(api, '/customers/ada/purchases', { headers }))).toEqual(
      Array(5).fill(200),
    );
  });

  test('with open access are not limited by customer: the id is anybody’s to send', async () => {
    const api = startApi({ limits: { customer: limitOf('customer', 1), addressOf } });
    expect(await statuses(3, () => send(api, PURCHASES, { json: { customerId: 'ada' } }))).toEqual([
      201, 201, 201,
    ]);
  });

  test('that buy are limited by address, over all accounts; repeats and refusals count for nothing', async () => {
    let outcome: 'accepted' | 'replayed' | 'refused' = 'accepted';
    const api = startApi({
      limits: { purchases: limitOf('purchases', 1), addressOf },
      commands: {
        purchase: async ({ customerId, idempotencyKey }) =>
          outcome === 'refused'
            ? { kind: 'refused', refusal: { reason: 'sold-out' } }
            : {
                kind: outcome,
                purchase: {
                  ...{ purchaseId: CONCERT, customerId, idempotencyKey, status: 'live', tickets: [] },
                  ...{ revision: 1n, lastRevision: 1n },
                },
              },
      },
    });
    let account = 0;
    const buy = (address: string) =>
      send(api, PURCHASES, { json: { customerId: `account-${account++}` }, headers: from(address) });
    outcome = 'refused';
    expect(await statuses(3, () => buy('192.0.2.1'))).toEqual([409, 409, 409]);
    outcome = 'replayed';
    expect(await statuses(3, () => buy('192.0.2.1'))).toEqual([201, 201, 201]);
    outcome = 'accepted';
    expect(await statuses(4, () => buy('192.0.2.1'))).toEqual([201, 201, 429, 429]);
    expect((await buy('192.0.2.2')).status).toBe(201);
  });
});

describe('the address of a client', () => {
  const proxies = ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.7'];
  const read = addressReader(proxies);

  test.each([
    ['is the peer’s where no proxy is trusted', [], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['is the peer’s where that is no trusted proxy', proxies, '203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['is what the trusted proxy wrote', proxies, '10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['is the last that no trusted proxy has', proxies, '10.0.0.1', '6.6.6.6, 1.2.3.4, 192.0.2.7', '1.2.3.4'],
    ['is the proxy’s where that wrote nothing', proxies, '10.0.0.1', undefined, '10.0.0.1'],
    ['is the proxy’s where that wrote nonsense', proxies, '10.0.0.1', '1.2.3.4, unknown', '10.0.0.1'],
    ['is one as IPv4 in IPv6 too', proxies, '::ffff:10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
    ['is a /64 of IPv6', proxies, '2001:db8:1::5', '2001:db8:2:3:4:5:6:7', '2001:db8:2:3::/64'],
    ['is a short /64', [], 'fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
    ['is a /64 whose end is IPv4', [], '64:ff9b::1.2.3.4', undefined, '64:ff9b:0:0::/64'],
    ['is unknown of a connection that has none', proxies, undefined, '1.2.3.4', ''],
  ])('%s', (_, proxies, peer, forwardedFor, address) => {
    expect(addressReader(proxies)({ peer, forwardedFor })).toBe(address);
  });

  test('is never what a client wrote before the proxy', () => {
    const client = fc.ipV4().filter((address) => !/^10\.|^192\.0\.2\.7$/.test(address));
    fc.assert(
      fc.property(fc.string(), client, (written, real) => {
        const forwardedFor = written === '' ? real : `${written}, ${real}`;
        expect(read({ peer: '10.1.2.3', forwardedFor })).toBe(real);
      }),
    );
  });

  test('is the same /64 for every address of it', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const network = addressReader([])({ peer: address, forwardedFor: undefined });
        if (/\./.test(address) && /^::ffff:\d/i.test(address)) return;
        expect(network).toMatch(/^([\da-f]{1,4}:){3}[\da-f]{1,4}::\/64$/);
        expect(addressReader([])({ peer: network.replace('/64', 'ffff'), forwardedFor: undefined })).toBe(
          network,
        );
      }),
    );
  });

  test.each(['10.0.0.0/33', '10.0.0/8', 'proxy.example', '::/129', '10.0.0.0/8/8', '10.0.0.0/', ''])(
    'is not trusted of "%s"',
    (network) => expect(isNetwork(network)).toBe(false),
  );
});
