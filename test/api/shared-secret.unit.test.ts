import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { errors, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { sharedSecretVerifier } from '../../src/api/access/shared-secret.js';
import { audience, issuer } from './tokens.js';

const secret = 'a secret of 32 characters, at the least';
const now = new Date('2030-01-01T00:00:00Z');
const seconds = now.getTime() / 1_000;
const rules = { issuer, audience, clockTolerance: 5 };
const verify = sharedSecretVerifier(secret, rules);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header: unknown, claims: unknown, hash = 'sha256', by = secret): string {
  return signedText(`${part(header)}.${part(claims)}`, hash, by);
}

function signedText(text: string, hash = 'sha256', by = secret): string {
  return `${text}.${createHmac(hash, by).update(text).digest('base64url')}`;
}

/** What jose says of the token; it throws for those that are no good. */
async function joseSays(token: string): Promise<unknown> {
  try {
    const options = { ...rules, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'], currentDate: now };
    return (await jwtVerify(token, new TextEncoder().encode(secret), options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

const good = { iss: issuer, aud: audience, sub: 'ada', exp: seconds + 60 };
const moment = fc.oneof(
  fc.integer({ min: -7, max: 7 }).map((after) => seconds + after),
  fc.constantFrom(seconds + 0.5, String(seconds + 60), null),
);
const claims = fc.oneof(
  fc.record(
    {
      iss: fc.oneof({ weight: 5, arbitrary: fc.constant(issuer) }, fc.constantFrom('other', 1, [issuer])),
      aud: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom<unknown>(audience, [audience], ['other', audience]) },
        fc.constantFrom('other', [], [[audience]], `${audience}s`, 1),
      ),
      sub: fc.constantFrom('ada', '', 7),
      exp: fc.oneof({ weight: 3, arbitrary: fc.constant(seconds + 60) }, moment),
      nbf: moment,
      iat: moment,
      roles: fc.constant(['operator']),
    },
    { requiredKeys: ['iss', 'aud', 'sub', 'exp'] },
  ),
  fc.subarray(Object.entries(good)).map(Object.fromEntries),
  fc.constantFrom<unknown>(good, [good], null, 'text', {}),
);
const header = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>({ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT', kid: 'k' }),
  },
  fc.constantFrom<unknown>(
    ...[{ alg: 'none' }, { alg: 'HS512' }, { alg: 'hs256' }, {}, [], null],
    ...[
      { alg: 'HS256', crit: ['b64'], b64: false },
      { alg: 'HS256', crit: ['exp'], exp: 1 },
    ],
  ),
);

test('every token is good or not as jose says', async () => {
  const told = { good: 0, bad: 0 };
  const property = fc.asyncProperty(header, claims, async (head, body) => {
    const token = signed(head, body);
    const said = verify(token, now);
    expect(said).toEqual(await joseSays(token));
    told[said === null ? 'bad' : 'good']++;
  });
  await fc.assert(property, { numRuns: 600, examples: [[{ alg: 'HS256' }, good]] });
  expect(told.good).toBeGreaterThan(20);
  expect(told.bad).toBeGreaterThan(20);
});

test('no token passes of which a character was changed, added or left out', () => {
  const token = signed({ alg: 'HS256' }, good);
  expect(verify(token, now)).toEqual(good);
  const at = fc.integer({ min: 0, max: token.length - 1 });
  const character = fc.constantFrom(...'AQZaz09-_+/=. ');
  const property = fc.property(at, character, fc.constantFrom(0, 1), (index, other, removed) => {
    const changed = token.slice(0, index) + other + token.slice(index + removed);
    if (changed !== token) expect(verify(changed, now)).toBeNull();
    expect(verify(token.slice(0, index), now)).toBeNull();
  });
  fc.assert(property, { numRuns: 2_000 });
});

test.each([
  ['signed with another secret', signed({ alg: 'HS256' }, good, 'sha256', 'x'.repeat(32))],
  ['signed with an algorithm that its header does not name', signed({ alg: 'HS256' }, good, 'sha512')],
  ['signed with the algorithm that it names', signed({ alg: 'HS512' }, good, 'sha512')],
  ['without a header', signedText(`.${part(good)}`)],
  ['not signed', `${part({ alg: 'none' })}.${part(good)}.`],
])('a token %s is refused', (_, token) => {
  expect(sharedSecretVerifier(secret, rules)(token, now)).toBeNull();
  expect(verify(token, now)).toBeNull();
});
