import { describe, expect, test } from 'vitest';
import { BODY_LIMIT } from '../../src/api/http/body.js';
import type { ScheduleConcert } from '../../src/domain/concert-commands.js';
import { CONCERT, type Send, send, startApi } from './support.js';

const PURCHASES = `/concerts/${CONCERT}/purchases`;
const concert = { name: 'Arooj Aftab', capacity: 1000, vipSeats: 10 };

const invalid = (...errors: { field: string; problem?: string }[]) => ({
  status: 400,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: '/problems/invalid-request', errors: errors.map((error) => expect.objectContaining(error)) },
});

describe('a purchase is refused, naming what is wrong,', () => {
  test.each<[string, unknown, string, string]>([
    ['without a customer', {}, 'customerId', 'is missing'],
    ['for a number', { customerId: 7 }, 'customerId', 'must be 1 to 128 characters'],
    ['for nobody', { customerId: '' }, 'customerId', 'must be 1 to 128 characters'],
    ['for blanks', { customerId: '  ' }, 'customerId', 'must be 1 to 128 characters'],
    ['for a name with blanks around', { customerId: ' ada' }, 'customerId', 'must be 1 to 128 characters'],
    ['for a name that is too long', { customerId: 'a'.repeat(129) }, 'customerId', 'must be 1 to 128'],
    ['for a null byte', { customerId: 'a\0b' }, 'customerId', 'must be 1 to 128 characters'],
    ['for an invisible character', { customerId: 'a\u200bb' }, 'customerId', 'must be 1 to 128 characters'],
    ['for half a surrogate pair', { customerId: 'a\ud800' }, 'customerId', 'must be 1 to 128 characters'],
    [
      'for no tickets',
      { customerId: 'ada', quantity: 0 },
      'quantity',
      'must be a whole number from 1 to 100',
    ],
    ['for 101 tickets', { customerId: 'ada', quantity: 101 }, 'quantity', 'must be a whole number'],
    ['for 1.5 tickets', { customerId: 'ada', quantity: 1.5 }, 'quantity', 'must be a whole number'],
    ['for "2" tickets', { customerId: 'ada', quantity: '2' }, 'quantity', 'must be a whole number'],
    ['for null tickets', { customerId: 'ada', quantity: null }, 'quantity', 'must be a whole number'],
    ['with a typo', { customerId: 'ada', qantity: 2 }, 'qantity', 'is not known here'],
    ['when it is a list', [], 'body', 'must be a JSON object'],
    ['when it is null', null, 'body', 'must be a JSON object'],
  ])('%s', async (_, json, field, problem) => {
    const api = startApi();
    const answer = await send(api, PURCHASES, { json });
    expect(answer).toMatchObject(invalid({ field, problem: expect.stringContaining(problem) }));
    expect(answer.body?.detail).toContain(field);
  });

  test('all of it at once', async () => {
    const api = startApi();
    expect(await send(api, PURCHASES, { json: { quantity: 0, colour: 'red' } })).toMatchObject({
      body: {
        errors: expect.arrayContaining(
          ['customerId', 'quantity', 'colour'].map((field) => expect.objectContaining({ field })),
        ),
      },
    });
  });

  test('__proto__ too', async () => {
    const api = startApi();
    const json = { 'content-type': 'application/json' };
    const body = '{"customerId":"ada","__proto__":{"quantity":5}}';
    expect(await send(api, PURCHASES, { body, headers: json })).toMatchObject(
      invalid({ field: '__proto__' }),
    );
  });
});

describe('a customer may be called', () => {
  test.each(['ada', '東京', 'Zoë O’Neill-Ñ', 'a@b.example', '😀', 'x'.repeat(128)])(
    '%s',
    async (customerId) => {
      const api = startApi();
      expect(await send(api, PURCHASES, { json: { customerId } })).toMatchObject({
        status: 201,
        body: { customerId },
      });
    },
  );
});

describe('two customers who look the same', () => {
  const nfd = 'Zoe\u0308'; // e and a combining diaeresis
  const nfc = 'Zo\u00eb';

  test('because of how their accents are written are one', async () => {
    const api = startApi();
    const bought = await send(api, PURCHASES, { json: { customerId: nfd } });
    expect(bought).toMatchObject({ status: 201, body: { customerId: nfc } });
    const asked: string[] = [];
    const reading = startApi({
      queries: {
        purchasesOf: async (customerId) => {
          asked.push(customerId);
          return { items: [], next: null };
        },
      },
    });
    await send(reading, `/customers/${encodeURIComponent(nfd)}/purchases`);
    expect(asked).toEqual([nfc]);
  });

  test.each([
    ['U+3164', 'ada\u3164'],
    ['U+3164', '\u3164'],
    ['U+115F', 'a\u115fda'],
    ['U+00AD', 'a\u00adda'],
    ['U+034F', 'a\u034fda'],
    ['U+202E', 'a\u202eda'],
    ['U+2066', 'a\u2066da'],
    ['U+FE0F', 'ada\ufe0f'],
    ['U+E0041', 'ada\u{e0041}'],
    ['U+2800', 'ada\u2800'],
    ['U+00A0', 'ada\u00a0lovelace'],
    ['U+3000', 'ada\u3000lovelace'],
  ])('because one has %s in its id are not taken for two', async (name, customerId) => {
    const api = startApi();
    expect(await send(api, PURCHASES, { json: { customerId } })).toMatchObject(
      invalid({ field: 'customerId', problem: expect.stringContaining(`${name} cannot be seen`) }),
    );
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };
  const cases: [string, Send, unknown][] = [
    [
      'that is no JSON',
      { body: '{"customerId":', headers: json },
      invalid({ field: 'body', problem: 'is not JSON' }),
    ],
    [
      'that is no UTF-8',
      { body: Buffer.from([0x22, 0xff, 0x22]), headers: json },
      invalid({ field: 'body' }),
    ],
    ['that is missing', { method: 'POST' }, invalid({ field: 'body', problem: 'is missing; send JSON' })],
    [
      'of another type',
      { body: 'customerId=ada', headers: { 'content-type': 'text/plain' } },
      { status: 415 },
    ],
    ['of no type', { body: '{}' }, { status: 415, headers: { accept: 'application/json' } }],
    [
      'in another character set',
      { body: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } },
      { status: 415 },
    ],
    ['that is compressed', { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } }, { status: 415 }],
    [
      'that is too large',
      { body: JSON.stringify({ customerId: 'a'.repeat(BODY_LIMIT) }), headers: json },
      { status: 413, body: { type: '/problems/payload-too-large', limit: BODY_LIMIT } },
    ],
    [
      'with the character set that JSON has anyway',
      { body: '{"customerId":"ada"}', headers: { 'content-type': 'application/json; charset=UTF-8' } },
      { status: 201 },
    ],
  ];

  test.each(cases)('%s', async (_, options, expected) => {
    const api = startApi();
    expect(await send(api, PURCHASES, options)).toMatchObject(expected as object);
  });

  test('that is far too large is answered, and the service goes on', async () => {
    const api = startApi();
    const body = Buffer.alloc(8_000_000, 0x20);
    expect(await send(api, PURCHASES, { body, headers: json })).toMatchObject({ status: 413 });
    expect(await send(api, PURCHASES, { json: { customerId: 'ada' } })).toMatchObject({ status: 201 });
  });
});

describe('the Idempotency-Key', () => {
  test.each([
    ['k1', 'k1'],
    ['"k1"', 'k1'],
    ['"with space"', 'with space'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%s names the purchase %s', async (header, key) => {
    const seen: string[] = [];
    const api = startApi({
      commands: {
        purchase: async ({ idempotencyKey }) => {
          seen.push(idempotencyKey);
          return { kind: 'busy', retryAfterSeconds: 1 };
        },
      },
    });
    await send(api, PURCHASES, { json: { customerId: 'ada' }, headers: { 'idempotency-key': header } });
    expect(seen).toEqual([key]);
  });

  test.each([
    '',
    '""',
    '"open',
    'a b',
    'a"b',
    '"a"b"',
    'é',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    '"a"; p=1',
  ])('is refused when it is %s', async (key) => {
    const api = startApi();
    const headers = { 'idempotency-key': key };
    for (const [path, json] of [
      [PURCHASES, { customerId: 'ada' }],
      ['/concerts', concert],
    ] as const) {
      expect(await send(api, path, { json, headers })).toMatchObject(invalid({ field: 'Idempotency-Key' }));
    }
  });

  test.each([
    ['a', 'b'],
    ['a', 'a'],
    ['"a', 'b"'],
  ])('is refused when there are two, %s and %s', async (...keys) => {
    const api = startApi();
    const headers = { 'idempotency-key': keys };
    expect(await send(api, PURCHASES, { json: { customerId: 'ada' }, headers })).toMatchObject(
      invalid({ field: 'Idempotency-Key', problem: 'must be sent once' }),
    );
  });
});

describe('scheduling a concert', () => {
  test('asks for it with every term and answers with the concert and its place', async () => {
    const seen: ScheduleConcert[] = [];
    const api = startApi({
      commands: {
        schedule: async (terms) => {
          seen.push(terms);
          return { kind: 'done', concertId: terms.concertId, revision: 0n };
        },
      },
    });
    const terms = {
      ...concert,
      salesOpenAt: '2030-01-01T10:00:00+01:00',
      startsAt: null,
      purchaseMode: 'lock',
      ...{ holdSeconds: 600, waitingList: true, offerSeconds: 60 },
    };
    const headers = { 'idempotency-key': 'spring' };
    const first = await send(api, '/concerts', { json: terms, headers });
    const again = await send(api, '/concerts', { json: terms, headers });
    const other = await send(api, '/concerts', { json: terms });
    expect(first.status).toBe(201);
    expect(first.headers.location).toBe(`/concerts/${first.body?.concertId}`);
    expect(first.body).toMatchObject({ status: 'scheduled', revision: '0' });
    expect(seen[0]).toEqual({
      concertId: first.body?.concertId,
      ...concert,
      ticketsPerCustomer: 1,
      salesOpenAt: '2030-01-01T09:00:00.000Z',
      salesCloseAt: null,
      startsAt: null,
      purchaseMode: 'lock',
      ...{ holdSeconds: 600, waitingList: true, offerSeconds: 60 },
    });
    expect(again.body?.concertId).toBe(first.body?.concertId);
    expect(other.body?.concertId).not.toBe(first.body?.concertId);
    expect(other.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each<[string, object, string]>([
    ['without a name', { name: undefined }, 'name'],
    ['with two lines of name', { name: 'a\nb' }, 'name'],
    ['without a capacity', { capacity: undefined }, 'capacity'],
    ['with no capacity', { capacity: 0 }, 'capacity'],
    ['with more than a million tickets', { capacity: 1_000_001 }, 'capacity'],
    ['with a capacity beyond all numbers', { capacity: 1e300 }, 'capacity'],
    ['without VIP seats named', { vipSeats: undefined }, 'vipSeats'],
    ['with more VIP seats than seats', { vipSeats: 1001 }, 'vipSeats'],
    ['with no ticket for anybody', { ticketsPerCustomer: 0 }, 'ticketsPerCustomer'],
    ['with a time without a zone', { salesOpenAt: '2030-01-01T10:00:00' }, 'salesOpenAt'],
    ['with a day that is none', { startsAt: '2030-02-30T10:00:00Z' }, 'startsAt'],
    ['with a year that Postgres lacks', { startsAt: '0000-01-01T00:00:00+23:00' }, 'startsAt'],
    ['with sales that close as they open', { salesCloseAt: '2030-01-01T00:00:00Z' }, 'salesCloseAt'],
    ['with a mode that is none', { purchaseMode: 'fast' }, 'purchaseMode'],
  ])('is refused %s', async (_, change, field) => {
    const api = startApi();
    const json = { ...concert, salesOpenAt: '2030-01-01T00:00:00Z', ...change };
    expect(await send(api, '/concerts', { json })).toMatchObject(invalid({ field }));
  });

  test('is refused when the key scheduled another one', async () => {
    const api = startApi({
      commands: { schedule: async () => ({ kind: 'refused', refusal: { reason: 'concert-exists' } }) },
    });
    expect(await send(api, '/concerts', { json: concert })).toMatchObject({
      status: 409,
      body: { type: '/problems/concert-exists' },
    });
  });
});

describe('changing a concert', () => {
  const path = `/concerts/${CONCERT}`;
  const change = (json: unknown) => ({ method: 'PATCH', json });

  test.each([{ capacity: 5 }, { status: 'closed' }, { capacity: 5, status: 'cancelled' }])(
    'asks for %o and answers with the concert',
    async (json) => {
      const seen: unknown[] = [];
      const api = startApi({
        commands: {
          change: async (concertId, asked) => {
            seen.push(asked);
            return { kind: 'done', concertId, revision: 1n };
          },
        },
      });
      expect(await send(api, path, change(json))).toMatchObject({
        status: 200,
        body: { concertId: CONCERT },
      });
      expect(seen).toEqual([json]);
    },
  );

  test.each<[object, string]>([
    [{}, 'body'],
    [{ capacity: -1 }, 'capacity'],
    [{ status: 'open' }, 'status'],
    [{ capacity: 5, vipSeats: 3 }, 'vipSeats'],
  ])('is refused for %o', async (json, field) => {
    const api = startApi();
    expect(await send(api, path, change(json))).toMatchObject(invalid({ field }));
  });

  test.each([
    [{ reason: 'capacity-below-sold', sold: 7, held: 2 }, 409, { sold: 7, held: 2 }],
    [{ reason: 'capacity-below-vip-seats', vipSeats: 3 }, 409, { vipSeats: 3 }],
    [{ reason: 'concert-cancelled' }, 409, {}],
    [{ reason: 'unknown-concert' }, 404, {}],
  ] as const)('refused: $reason', async (refusal, status, extensions) => {
    const api = startApi({ commands: { change: async () => ({ kind: 'refused', refusal }) } });
    expect(await send(api, path, change({ capacity: 5 }))).toMatchObject({
      status,
      body: { type: `/problems/${refusal.reason}`, ...extensions },
    });
  });
});
