import { describe, expect, test } from 'vitest';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { emptyConcert, evolve } from '../../src/domain/concert.js';
import { accepted, aPurchase, CONCERT, send, startApi } from './support.js';

const buy = (json: unknown, headers = {}) => [`/concerts/${CONCERT}/purchases`, { json, headers }] as const;
const answering = (outcome: PurchaseOutcome) => ({ commands: { purchase: async () => outcome } });

describe('a purchase', () => {
  test('is answered with 201, its place and its tickets', async () => {
    const api = startApi();
    const answer = await send(api, ...buy({ customerId: 'ada', quantity: 2 }, { 'idempotency-key': '"k1"' }));
    const { purchaseId } = aPurchase({});
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      purchaseId,
      concertId: CONCERT,
      customerId: 'ada',
      tickets: [
        { number: 1, vip: true, seat: 'VIP-1' },
        { number: 2, vip: false, seat: null },
      ],
      revision: '9007199254740993',
    });
    expect(answer.headers.location).toBe(`/concerts/${CONCERT}/purchases/${purchaseId}`);
    expect(answer.headers['idempotency-key']).toBe('"k1"');
    expect(answer.headers['idempotent-replayed']).toBeUndefined();
  });

  test('that is a repeat says so and carries the same body', async () => {
    const cancelled = { ...aPurchase({}), status: 'cancelled' as const };
    const first = startApi(answering(accepted(aPurchase({}))));
    const second = startApi(answering({ kind: 'replayed', purchase: cancelled }));
    const [once, again] = await Promise.all([
      send(first, ...buy({ customerId: 'ada' })),
      send(second, ...buy({ customerId: 'ada' })),
    ]);
    expect(again.status).toBe(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toEqual(once.body);
  });

  test('reaches the commands with everything that was asked', async () => {
    const seen: PurchaseRequest[] = [];
    const api = startApi({
      commands: {
        purchase: async (asked) => {
          seen.push(asked);
          return accepted(aPurchase({}));
        },
      },
    });
    const before = new Date().toISOString();
    await send(
      api,
      ...buy({ customerId: 'ada', quantity: 3 }, { 'idempotency-key': 'k1', prefer: 'wait=90' }),
    );
    await send(api, `/concerts/${CONCERT.toUpperCase()}/purchases`, { json: { customerId: 'bob' } });
    const [ada, bob] = seen;
    expect(ada).toMatchObject({
      concertId: CONCERT,
      customerId: 'ada',
      quantity: 3,
      idempotencyKey: 'k1',
      waitMs: 60_000,
    });
    expect(ada?.arrivedAt.localeCompare(before)).toBeGreaterThanOrEqual(0);
    expect(bob).toMatchObject({ concertId: CONCERT, quantity: 1 });
    expect(bob).not.toHaveProperty('waitMs');
  });

  test.each([
    [{ reason: 'unknown-concert' }, 404, {}],
    [{ reason: 'sold-out' }, 409, { remaining: 0 }],
    [{ reason: 'not-enough-left', remaining: 1 }, 409, { remaining: 1 }],
    [{ reason: 'limit-reached', limit: 2, held: 1 }, 409, { limit: 2, held: 1 }],
    [
      { reason: 'not-on-sale-yet', salesOpenAt: '2030-01-01T00:00:00.000Z' },
      409,
      { salesOpenAt: '2030-01-01T00:00:00.000Z' },
    ],
    [{ reason: 'sales-closed' }, 409, {}],
    [{ reason: 'concert-cancelled' }, 409, {}],
    [{ reason: 'key-reused' }, 422, {}],
  ] as const)('refused: $reason', async (refusal, status, extensions) => {
    const api = startApi(answering({ kind: 'refused', refusal }));
    const answer = await send(api, ...buy({ customerId: 'ada' }, { 'x-request-id': 'r-1' }));
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: `/problems/${refusal.reason}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      requestId: 'r-1',
      ...extensions,
    });
  });

  test('that comes when too many do is told when to come back', async () => {
    const api = startApi(answering({ kind: 'busy', retryAfterSeconds: 1.2 }));
    const answer = await send(api, ...buy({ customerId: 'ada' }));
    expect(answer).toMatchObject({
      status: 503,
      body: { type: '/problems/busy' },
      headers: { 'retry-after': '2' },
    });
  });

  test('whose outcome is unknown says so, keeps what broke to the log, and can be repeated with its key', async () => {
    const problem = 'connect ECONNREFUSED 10.1.2.3:2113';
    const api = startApi(answering({ kind: 'unavailable', problem, retryAfterSeconds: 2 }));
    const answer = await send(api, ...buy({ customerId: 'ada' }));
    expect(answer).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(answer.body)).not.toContain('10.1.2.3');
    expect(api.lines).toContainEqual(
      expect.objectContaining({ problem, requestId: answer.headers['x-request-id'] }),
    );
  });

  test('in line is answered with 202 and where to look', async () => {
    const { purchaseId } = aPurchase({});
    const api = startApi({ ...answering({ kind: 'queued', purchaseId, position: 41 }), mode: 'queue' });
    const answer = await send(api, ...buy({ customerId: 'ada' }, { prefer: 'respond-async, wait=3' }));
    expect(answer.status).toBe(202);
    expect(answer.headers['preference-applied']).toBe('wait=3');
    expect(answer.headers.location).toBe(`/concerts/${CONCERT}/purchases/${purchaseId}`);
    expect(answer.body).toMatchObject({ purchaseId, status: 'queued', position: 41 });
  });

  test('is counted by mode and outcome', async () => {
    const api = startApi(answering({ kind: 'refused', refusal: { reason: 'sold-out' } }));
    await send(api, ...buy({ customerId: 'ada' }));
    expect(await api.services.metrics.registry.metrics()).toContain(
      'onsale_purchases_total{mode="batch",outcome="sold-out"} 1',
    );
  });
});

describe('looking at a purchase', () => {
  const path = `/concerts/${CONCERT}/purchases/${aPurchase({}).purchaseId}`;

  test('shows what the read model has', async () => {
    const at = '2030-01-01T00:00:00.000Z';
    const times = { arrivedAt: at, purchasedAt: at, cancelledAt: null };
    const { lastRevision: _, ...purchase } = aPurchase({});
    const known = { ...purchase, ...times, concertId: CONCERT, quantity: 1, tickets: [], revision: 7n };
    const api = startApi({ queries: { purchase: async () => known } });
    expect(await send(api, path)).toMatchObject({ status: 200, body: { status: 'live', revision: '7' } });
  });

  test('finds one in the log that the read model does not have yet', async () => {
    const { purchaseId } = aPurchase({});
    const data = {
      ...{ concertId: CONCERT, purchaseId, customerId: 'ada', ticketNumber: 1, idempotencyKey: 'k1' },
      ...{ arrivedAt: '2030-01-01T00:00:00Z', decidedAt: '2030-01-01T00:00:00Z' },
    };
    const concert = evolve(
      { ...emptyConcert(CONCERT), status: 'scheduled' },
      { type: 'TicketReserved', data },
    );
    const api = startApi({ commands: { load: async () => concert } });
    expect(await send(api, path)).toMatchObject({
      status: 200,
      body: {
        purchaseId,
        customerId: 'ada',
        tickets: [{ number: 1, vip: false, seat: null }],
        status: 'live',
      },
    });
    expect(await send(api, path.replace(/.$/, 'x'))).toMatchObject({ status: 404 });
  });

  test('tells an unknown concert from an unknown purchase', async () => {
    const nowhere = startApi({ commands: { load: async (id) => emptyConcert(id) } });
    const here = startApi();
    expect((await send(nowhere, path)).body).toMatchObject({ type: '/problems/unknown-concert' });
    expect((await send(here, path)).body).toMatchObject({ type: '/problems/unknown-purchase' });
  });
});

describe('looking at a purchase in a queue', () => {
  const { purchaseId, ...bought } = aPurchase({});
  const path = `/concerts/${CONCERT}/purchases/${purchaseId}`;
  const empty = { ...emptyConcert(CONCERT), status: 'scheduled' as const };
  const sold = { ...empty, purchases: empty.purchases.set(purchaseId, { purchaseId, ...bought }) };

  test('tells its place in line', async () => {
    const standing = async () => ({ kind: 'queued' as const, purchaseId, position: 7 });
    const byDefault = startApi({ commands: { standing }, mode: 'queue' });
    const ofTheConcert = startApi({
      commands: { standing, load: async () => ({ ...empty, purchaseMode: 'queue' }) },
    });
    for (const api of [byDefault, ofTheConcert]) {
      expect(await send(api, path)).toMatchObject({ status: 200, body: { status: 'queued', position: 7 } });
    }
  });

  test('tells why it left the line without a ticket', async () => {
    const standing = async () => ({ kind: 'refused' as const, refusal: { reason: 'sold-out' as const } });
    const api = startApi({ commands: { standing }, mode: 'queue' });
    expect(await send(api, path)).toMatchObject({
      status: 200,
      body: { purchaseId, status: 'refused', problem: { type: '/problems/sold-out', status: 409 } },
    });
  });

  test('finds it in the log when it left the line meanwhile', async () => {
    const states = [empty, sold];
    const load = async () => states.shift() ?? sold;
    const api = startApi({ commands: { load }, mode: 'queue' });
    expect(await send(api, path)).toMatchObject({ status: 200, body: { status: 'live' } });
  });

  test('finds a sale that was made meanwhile, whatever was kept of an earlier refusal', async () => {
    let now = empty;
    const load = async () => now;
    const standing = async () => {
      now = sold;
      return { kind: 'refused' as const, refusal: { reason: 'sold-out' as const } };
    };
    const api = startApi({ commands: { load, standing }, mode: 'queue' });
    expect(await send(api, path)).toMatchObject({ status: 200, body: { status: 'live' } });
  });

  test('says to ask again when its place was lost', async () => {
    const lost = { kind: 'unavailable' as const, problem: 'lost', retryAfterSeconds: 2 };
    const api = startApi({ commands: { standing: async () => lost }, mode: 'queue' });
    expect(await send(api, path)).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
  });

  test('cannot be told without Redis, but only where there is a queue', async () => {
    const standing = () => Promise.reject(new Error('gone'));
    const queue = startApi({ commands: { standing }, mode: 'queue' });
    const batch = startApi({ commands: { standing } });
    expect(await send(queue, path)).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
    expect(await send(batch, path)).toMatchObject({
      status: 404,
      body: { type: '/problems/unknown-purchase' },
    });
  });
});

describe('a cancellation', () => {
  const path = `/concerts/${CONCERT}/purchases/${aPurchase({}).purchaseId}/cancellation`;

  test('tells what went back on sale', async () => {
    const purchase = { ...aPurchase({}), status: 'cancelled' as const };
    const api = startApi({
      commands: { cancelPurchase: async () => ({ kind: 'cancelled', purchase, revision: 12n }) },
    });
    for (const options of [{ method: 'POST' }, { json: {} }]) {
      expect(await send(api, path, options)).toMatchObject({
        status: 200,
        body: {
          purchaseId: purchase.purchaseId,
          status: 'cancelled',
          releasedTickets: [{ number: 1, vip: true, seat: 'VIP-1' }],
          revision: '12',
        },
      });
    }
    expect(await send(api, path, { json: { reason: 'flu' } })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'reason', problem: 'is not known here' }] },
    });
  });

  test.each([
    ['unknown-concert', 404],
    ['unknown-purchase', 404],
    ['concert-cancelled', 409],
  ] as const)('refused: %s', async (reason, status) => {
    const api = startApi({
      commands: { cancelPurchase: async () => ({ kind: 'refused', refusal: { reason } }) },
    });
    expect(await send(api, path, { method: 'POST' })).toMatchObject({
      status,
      body: { type: `/problems/${reason}` },
    });
  });
});
