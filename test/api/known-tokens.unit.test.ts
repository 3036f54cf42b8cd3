import { expect, test } from 'vitest';
import { KnownTokens } from '../../src/api/access/known-tokens.js';

const ada = { subject: 'ada', isOperator: false };

/** What is known of a token that had so long to live, after a time. */
function after(passedMs: number, leftMs: number) {
  let now = 1_000;
  const known = new KnownTokens({ monotonic: () => now });
  known.add('token', ada, leftMs);
  now += passedMs;
  return known.get('token');
}

test('a good token is remembered for a minute', () => {
  expect(after(0, 600_000)).toEqual(ada);
  expect(after(59_999, 600_000)).toEqual(ada);
  expect(after(60_000, 600_000)).toBeUndefined();
});

test('and no longer than until it expires', () => {
  expect(after(19_999, 20_000)).toEqual(ada);
  expect(after(20_000, 20_000)).toBeUndefined();
  // It was good within the difference that clocks may have.
  expect(after(0, -1)).toBeUndefined();
});

test('the tokens that are remembered are bounded, and the newest are among them', () => {
  const known = new KnownTokens({ monotonic: () => 0 });
  for (let i = 0; i < 30_000; i++) known.add(`token ${i}`, ada, 60_000);
  const remembered = Array.from({ length: 30_000 }, (_, i) => known.get(`token ${i}`) !== undefined);
  expect(remembered.lastIndexOf(false)).toBe(9_999);
  expect(remembered.filter(Boolean)).toHaveLength(20_000);
});
