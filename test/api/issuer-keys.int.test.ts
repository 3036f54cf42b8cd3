import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { tokenVerifier } from '../../src/api/access/token-verifier.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { until, untilAsync } from '../support/until.js';
import { audience, issuer } from './tokens.js';

const sign = (key: CryptoKey | KeyObject | Uint8Array, alg: string, kid: string) =>
  new SignJWT({})
    .setProtectedHeader({ alg, kid })
    .setSubject('ada')
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime('5m')
    .sign(key);

/** An issuer that publishes one key, until it withdraws it. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const withdraw = () => keys.splice(0);
  return { publicKey, privateKey, jwksUrl, stop, withdraw, asked: () => asked };
}

function verifierOf(jwksUrl: string, clock: Clock = systemClock) {
  const verify = tokenVerifier({ keys: { jwksUrl }, issuer, audience }, pino({ level: 'silent' }), clock);
  return async (token: string) => verify(token);
}

test('tokens pass under the issuer’s keys, which are fetched once and outlive the issuer', async () => {
  const { privateKey, jwksUrl, stop, asked } = await startIssuer();
  const verify = verifierOf(jwksUrl);
  const token = await sign(privateKey, 'ES256', 'one');
  const principals = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
  expect(principals[0]).toEqual({ subject: 'ada', isOperator: false });
  expect(asked()).toBe(1);
  await stop();
  expect(await verify(token)).toEqual({ subject: 'ada', isOperator: false });
  const unknownKey = await sign(privateKey, 'ES256', 'two');
  await expect(verify(unknownKey)).rejects.toMatchObject({ problem: { name: 'unauthorized' } });
});

test('the keys are fetched before the first token comes, so an issuer that dies then is not missed', async () => {
  const { privateKey, jwksUrl, stop, asked } = await startIssuer();
  const verify = verifierOf(jwksUrl);
  await until(() => asked() === 1, 'the keys to be fetched');
  await stop();
  const token = await sign(privateKey, 'ES256', 'one');
  await untilAsync(async () => (await verify(token).catch(() => null)) !== null, 'the keys to be known');
});

test('a token that was found good passes for a minute after its key is withdrawn, and no other does', async () => {
  const { privateKey, jwksUrl, withdraw, asked } = await startIssuer();
  const wallTime = new Date().toISOString();
  let now = 0;
  const verify = verifierOf(jwksUrl, { ...systemClock, wallTime: () => wallTime, monotonic: () => now });
  const isGood = (token: string) => verify(token).then(Boolean, () => false);
  const known = await sign(privateKey, 'ES256', 'one');
  now = 599_000;
  expect(await isGood(known)).toBe(true);
  withdraw();
  // Keys are fetched every ten minutes, which no request waits for.
  now = 601_000;
  // Each has a signature of its own.
  const isUnseenGood = async () => isGood(await sign(privateKey, 'ES256', 'one'));
  await untilAsync(async () => !(await isUnseenGood()), 'the withdrawal to be known');
  expect(asked()).toBe(2);
  expect(await isGood(known)).toBe(true);
  now = 659_000;
  expect(await isGood(known)).toBe(false);
});

test('a public key is never taken for a shared secret', async () => {
  const { publicKey, jwksUrl } = await startIssuer();
  const asSecret = new TextEncoder().encode(await exportSPKI(publicKey));
  const token = await sign(asSecret, 'HS256', 'one');
  await expect(verifierOf(jwksUrl)(token)).rejects.toMatchObject({ problem: { name: 'unauthorized' } });
});

test('an issuer that was never reached is an outage, not a bad token', async () => {
  const { privateKey, jwksUrl, stop } = await startIssuer();
  await stop();
  const token = await sign(privateKey, 'ES256', 'one');
  await expect(verifierOf(jwksUrl)(token)).rejects.toMatchObject({ problem: { name: 'unavailable' } });
});
