import { expect, test } from 'vitest';
import { CONCERT, send, startApi } from './support.js';

const everywhere = {
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

test.each([
  ['an answer', '/healthz'],
  ['a problem', `/concerts/${CONCERT}?at=never`],
  ['a path that is not there', '/nowhere'],
])('%s has headers that let a browser run, frame and embed nothing', async (_, path) => {
  const { headers } = await send(startApi(), path);
  expect(headers).toMatchObject(everywhere);
  expect(headers['strict-transport-security']).toBeUndefined();
  expect(headers['x-powered-by']).toBeUndefined();
});

test('a page has a policy of its own, and the other headers', async () => {
  const { headers } = await send(startApi(), '/docs');
  const { 'content-security-policy': policy, ...others } = everywhere;
  expect(headers).toMatchObject(others);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toBe(policy);
});

test('where the service speaks TLS, browsers are told to stay with it, on this host alone', async () => {
  const { headers } = await send(startApi({}, { isTls: true }), '/healthz');
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
});
