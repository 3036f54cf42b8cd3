import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { authenticator } from '../../src/api/access/authenticate.js';
import { KeyRing } from '../../src/api/access/key-ring.js';
import { type KnownKey, newOperatorKey, parseOperatorKey } from '../../src/api/access/operator-key.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { send, startApi } from './support.js';
import { rules, token } from './tokens.js';

const logger = pino({ level: 'silent' });
const unauthorized = { problem: { name: 'unauthorized' } };

/** A store of keys that counts how often it is asked, and a clock that the test moves. */
function keyStore(...keys: KnownKey[]) {
  const store = {
    ...{ keys, asked: 0, isAway: false, now: 0 },
    pass(ms: number) {
      store.now += ms;
    },
  };
  const clock: Clock = { ...systemClock, monotonic: () => store.now };
  const ring = new KeyRing({
    logger,
    clock,
    source: async () => {
      store.asked++;
      if (store.isAway) throw new Error('away');
      return store.keys;
    },
  });
  const holderOf = (text: string) =>
    ring.holderOf(parseOperatorKey(text) ?? { id: '', hash: Buffer.alloc(32) });
  return Object.assign(store, { holderOf });
}

describe('a key', () => {
  test('is known by its hash alone', () => {
    const { id, hash, name, text } = newOperatorKey('box office');
    expect(parseOperatorKey(text)).toEqual({ id, hash });
    expect(JSON.stringify({ id, name, hash: Buffer.from(hash).toString('base64url') })).not.toContain(
      text.slice(20),
    );
    expect(newOperatorKey('box office').text).not.toBe(text);
  });

  test.each(['', 'onsale_', 'onsale_0123456789ab_', `onsale_0123456789ab_${'x'.repeat(44)}`, 'a.b.c'])(
    'is not "%s"',
    (text) => expect(parseOperatorKey(text)).toBeNull(),
  );

  test('is refused with another secret, and with another id', async () => {
    const [one, two] = [newOperatorKey('one'), newOperatorKey('two')];
    const { holderOf } = keyStore(one);
    const secret = two.text.slice(20);
    await expect(holderOf(`onsale_${one.id}_${secret}`)).rejects.toMatchObject(unauthorized);
    await expect(holderOf(two.text)).rejects.toMatchObject(unauthorized);
    expect(await holderOf(one.text)).toBe('one');
  });
});

describe('the ring of keys', () => {
  test('asks the store once for many requests, and again after ten seconds', async () => {
    const key = newOperatorKey('ops');
    const store = keyStore(key);
    await Promise.all(Array.from({ length: 50 }, () => store.holderOf(key.text)));
    store.pass(9_999);
    await store.holderOf(key.text);
    expect(store.asked).toBe(1);
    store.pass(1);
    await store.holderOf(key.text);
    expect(store.asked).toBe(2);
  });

  test('refuses a revoked key after ten seconds', async () => {
    const key = newOperatorKey('ops');
    const store = keyStore(key);
    await store.holderOf(key.text);
    store.keys = [];
    store.pass(10_000);
    await expect(store.holderOf(key.text)).rejects.toMatchObject(unauthorized);
  });

  test('knows a new key after a second, and asks no more than once a second for unknown ones', async () => {
    const key = newOperatorKey('ops');
    const store = keyStore();
    await expect(store.holderOf(key.text)).rejects.toMatchObject(unauthorized);
    store.keys = [key];
    for (let i = 0; i < 20; i++) await store.holderOf(newOperatorKey('x').text).catch(() => {});
    expect(store.asked).toBe(1);
    store.pass(1_000);
    expect(await store.holderOf(key.text)).toBe('ops');
  });

  test('goes on with the known keys while the store is away, for ten minutes, and asks it every ten seconds', async () => {
    const key = newOperatorKey('ops');
    const store = keyStore(key);
    await store.holderOf(key.text);
    store.isAway = true;
    store.pass(10_000);
    expect(await store.holderOf(key.text)).toBe('ops');
    store.pass(9_999);
    expect(await store.holderOf(key.text)).toBe('ops');
    expect(store.asked).toBe(2);
    store.pass(580_001);
    await expect(store.holderOf(key.text)).rejects.toMatchObject({ problem: { name: 'unavailable' } });
    store.isAway = false;
    store.pass(10_000);
    expect(await store.holderOf(key.text)).toBe('ops');
  });

  test('tells an outage from a bad key before it knows any', async () => {
    const store = keyStore();
    store.isAway = true;
    await expect(store.holderOf(newOperatorKey('x').text)).rejects.toMatchObject({
      problem: { name: 'unavailable' },
    });
  });
});

test('an operator comes with a key or a token, and with a key alone where no tokens are believed', async () => {
  const key = newOperatorKey('ops');
  const audit = { audit: async () => null };
  const concert = '/concerts/6f2c1a60-33c9-4d0a-9a55-0d5c7a5b9f10/audit';
  const statusOf = async (tokens: typeof rules | null, credential: string) => {
    const authenticate = authenticator({ tokens }, async () => [key], logger);
    const headers = { authorization: `Bearer ${credential}` };
    return (await send(startApi({ authenticate, ...audit }), concert, { headers })).status;
  };
  const ops = await token({ sub: 'ops', roles: ['operator'] });
  expect([await statusOf(rules, key.text), await statusOf(rules, ops)]).toEqual([404, 404]);
  expect([await statusOf(null, key.text), await statusOf(null, ops)]).toEqual([404, 401]);
});
