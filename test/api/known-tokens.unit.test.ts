import { pino } from 'pino';
import { expect, test } from 'vitest';
import { KnownTokens } from '../../src/api/access/known-tokens.js';
import { tokenVerifier } from '../../src/api/access/token-verifier.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { rules, token } from './tokens.js';

/** A clock that the test moves, and how often it was asked for the time of day: a check of a token does so. */
function movedClock() {
  const start = Date.parse(systemClock.wallTime());
  const told = { passedMs: 0, checks: 0 };
  const clock: Clock = {
    ...systemClock,
    monotonic: () => 1_000 + told.passedMs,
    wallTime: () => {
      told.checks++;
      return new Date(start + told.passedMs).toISOString();
    },
  };
  return { told, verify: tokenVerifier(rules, pino({ level: 'silent' }), clock) };
}

test('a good token is not checked again for a minute', async () => {
  const { told, verify } = movedClock();
  const good = await token({ sub: 'ada' });
  const principal = await verify(good);
  const { checks } = told;
  told.passedMs = 59_000;
  expect(await verify(good)).toEqual(principal);
  expect(told.checks).toBe(checks);
  told.passedMs = 61_000;
  expect(await verify(good)).toEqual(principal);
  expect(told.checks).toBeGreaterThan(checks);
});

test('a token that is remembered is refused when it has expired', async () => {
  const { told, verify } = movedClock();
  const short = await token({ sub: 'ada', expires: '20s' });
  await verify(short);
  told.passedMs = 26_000;
  await expect(verify(short)).rejects.toMatchObject({ problem: { name: 'unauthorized' } });
});

test('a token that is like a remembered one is checked', async () => {
  const { verify } = movedClock();
  const good = await token({ sub: 'ada' });
  await verify(good);
  const [header, , signature] = good.split('.');
  const forged = Buffer.from(JSON.stringify({ sub: 'eve' })).toString('base64url');
  await expect(verify(`${header}.${forged}.${signature}`)).rejects.toMatchObject({
    problem: { name: 'unauthorized' },
  });
});

test('the tokens that are remembered are bounded, and the newest are among them', () => {
  const known = new KnownTokens({ monotonic: () => 0 });
  const principal = { subject: 'ada', isOperator: false };
  for (let i = 0; i < 30_000; i++) known.add(`token ${i}`, principal, 60_000);
  const remembered = Array.from({ length: 30_000 }, (_, i) => known.get(`token ${i}`) !== undefined);
  expect(remembered.lastIndexOf(false)).toBe(9_999);
  expect(remembered.filter(Boolean)).toHaveLength(20_000);
});
