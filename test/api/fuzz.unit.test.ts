import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText, urlText } from '../../fuzz/any-text.js';
import { CONCERT, type Send, send, startApi } from './support.js';

const path = fc.oneof(
  fc.constantFrom(
    '/concerts',
    `/concerts/${CONCERT}`,
    `/concerts/${CONCERT}/purchases`,
    `/concerts/${CONCERT}/purchases/${CONCERT}`,
    `/concerts/${CONCERT}/purchases/${CONCERT}/cancellation`,
    `/concerts/${CONCERT}/stock`,
    `/concerts/${CONCERT}/tickets`,
    `/concerts/${CONCERT}/events`,
    '/customers/ada/purchases',
    '/readyz',
  ),
  fc.array(urlText, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc.stringMatching(/^\/(concerts|customers)\/[!-"$->@-~]{0,30}(\/[a-z]{0,10})?$/),
);

const query = fc.oneof(
  fc.constant(''),
  urlText.map((text) => `?${text}`),
  fc
    .tuple(fc.constantFrom('cursor', 'limit', 'minRevision'), fc.oneof(fc.string(), fc.integer().map(String)))
    .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
);

const field = fc.oneof(fc.anything(), anyText(), fc.integer(), fc.date().map(String));
const fields = fc.record(
  {
    customerId: field,
    quantity: field,
    name: field,
    capacity: field,
    vipSeats: field,
    ticketsPerCustomer: field,
    salesOpenAt: field,
    startsAt: field,
    purchaseMode: field,
    status: field,
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  fc.constant(undefined),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json(),
  fields.map((value) => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))),
);

const value = fc.stringMatching(/^[\x20-\x7e\xa1-\xff]{0,300}$/);
const headers = fc.record(
  {
    'content-type': fc.oneof(fc.constant('application/json'), value),
    'content-encoding': value,
    'idempotency-key': value,
    'x-request-id': value,
    prefer: fc.oneof(fc.constant('wait=0'), value),
    accept: value,
    host: fc.stringMatching(/^[a-zA-Z@:.,]{1,30}$/),
    cookie: value,
    'x-forwarded-host': value,
  },
  { requiredKeys: ['content-type'] },
);

const method = fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS');

const requests: fc.Arbitrary<[string, Send]> = fc
  .tuple(path, query, method, headers, body)
  .map(([path, query, method, headers, body]) => [
    path + query,
    { method, headers, ...(body === undefined ? {} : { body }) },
  ]);

test('whatever is sent, the answer is one of ours: no 500, and every error a problem', async () => {
  const api = startApi();
  await fc.assert(
    fc.asyncProperty(requests, async ([target, options]) => {
      const answer = await send(api, target, options);
      expect(answer.status).not.toBe(500);
      if (answer.status < 400) return;
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body).toMatchObject({
        type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
        status: answer.status,
        title: expect.any(String),
        detail: expect.any(String),
        requestId: answer.headers['x-request-id'],
      });
    }),
    { numRuns: 200 },
  );
  expect(api.lines).toEqual([]);
});
