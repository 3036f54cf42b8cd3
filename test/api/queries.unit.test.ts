import { describe, expect, test } from 'vitest';
import type { Commands } from '../../src/commands/commands.js';
import { emptyConcert } from '../../src/domain/concert.js';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { InvalidCursor } from '../../src/projections/queries/cursor.js';
import type { ConcertView } from '../../src/projections/queries/views.js';
import { CONCERT, type GivenServices, inQuickTime, send, startApi } from './support.js';

const view: ConcertView = {
  concertId: CONCERT,
  name: 'Arooj Aftab',
  capacity: 10,
  sold: 0,
  held: 0,
  remaining: 10,
  vipSeats: 1,
  vipRemaining: 1,
  ticketsPerCustomer: 1,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: null,
  purchaseMode: null,
  holdSeconds: null,
  waitingList: false,
  offerSeconds: null,
  scheduledAt: '2030-01-01T00:00:00.000Z',
  status: 'scheduled',
  revision: 2n ** 60n,
};
const unknown = { commands: { load: async (concertId: string) => emptyConcert(concertId) } };
const gone = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:5432'));

describe('a concert', () => {
  test('is shown as the read model has it', async () => {
    const api = startApi({ queries: { concert: async () => view } });
    const answer = await send(api, `/concerts/${CONCERT}`);
    expect(answer).toMatchObject({
      status: 200,
      body: { name: 'Arooj Aftab', revision: '1152921504606846976' },
    });
  });

  test('just scheduled is shown from the log', async () => {
    const api = startApi();
    expect(await send(api, `/concerts/${CONCERT}`)).toMatchObject({ status: 200, body: { revision: '0' } });
  });

  describe('and the process that owns it', () => {
    const owner = { process: 'api-1:7:0a1b2c3d', since: Date.UTC(2030, 0, 2), waiting: 3 };
    const shown = async (given: Pick<GivenServices, 'authenticate'> & { owner: Commands['owner'] }) => {
      const { owner, ...more } = given;
      const api = startApi({ queries: { concert: async () => view }, commands: { owner }, ...more });
      const { status, body } = await send(api, `/concerts/${CONCERT}`);
      expect(status).toBe(200);
      return body;
    };

    test('are shown together', async () => {
      const { process, waiting } = owner;
      expect((await shown({ owner: async () => owner }))?.owner).toEqual({
        ...{ process, waiting },
        since: '2030-01-02T00:00:00.000Z',
      });
    });

    test('is null when there is none', async () => {
      expect(await shown({ owner: async () => null })).toHaveProperty('owner', null);
    });

    test.each([
      ['away', gone],
      ['silent', () => new Promise<never>(() => {})],
      ['wrong', async () => ({ ...owner, since: Number.NaN })],
    ])('is left out while Redis is %s', async (_, owner) => {
      const body = await shown({ owner });
      expect(body).toHaveProperty('name', 'Arooj Aftab');
      expect(body).not.toHaveProperty('owner');
    });

    test('is not named to those who need no token where others do', async () => {
      const authenticate = () => Promise.reject(new Error('nobody asked'));
      const body = await shown({ authenticate, owner: async () => owner });
      expect(body?.owner).toEqual({ since: '2030-01-02T00:00:00.000Z', waiting: 3 });
    });
  });

  test.each(['', '/tickets', '/sales', '/stock', '/events'])(
    'that nobody scheduled has no %s',
    async (part) => {
      const api = startApi(unknown);
      const answer = await send(api, `/concerts/${CONCERT}${part}`);
      expect(answer).toMatchObject({ status: 404, body: { type: '/problems/unknown-concert' } });
    },
  );

  test.each(['x', 'not-a-uuid', '%00', `${CONCERT}0`, '..%2f..'])(
    'cannot be called %s, and nobody is asked',
    async (id) => {
      const api = startApi({
        queries: { concert: gone, purchase: gone },
        commands: { load: gone, purchase: gone },
      });
      for (const [path, options] of [
        [`/concerts/${id}`, {}],
        [`/concerts/${id}/stock`, {}],
        [`/concerts/${id}/purchases/${CONCERT}`, {}],
        [`/concerts/${id}/purchases`, { json: { customerId: 'ada' } }],
      ] as const) {
        expect(await send(api, path, options)).toMatchObject({
          status: 404,
          body: { type: '/problems/unknown-concert' },
        });
      }
    },
  );
});

describe('a minimum revision', () => {
  test.each(['', '/tickets', '/sales', '/stock', `/purchases/${CONCERT}`])(
    'that is not there in time gets 503 rather than something older: %s',
    async (part) => {
      const waits: number[] = [];
      const api = startApi({
        queries: {
          concert: async () => view,
          waitFor: async (_, __, waitMs) => {
            waits.push(waitMs);
            return false;
          },
        },
      });
      const path = `/concerts/${CONCERT}${part}?minRevision=7`;
      expect(await send(api, path, { headers: { prefer: 'wait=5' } })).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1', 'preference-applied': 'wait=5' },
        body: { type: '/problems/not-yet-visible', minRevision: '7' },
      });
      await send(api, path);
      await send(api, path, { headers: { prefer: 'wait=0' } });
      expect(waits).toEqual([5_000, 2_000, 0]);
      expect(api.lines).toEqual([]);
    },
  );

  test('that is there is waited for', async () => {
    const asked: unknown[] = [];
    const api = startApi({
      queries: {
        concert: async () => view,
        waitFor: async (...question) => {
          asked.push(question);
          return true;
        },
      },
    });
    expect(await send(api, `/concerts/${CONCERT}/tickets?minRevision=9223372036854775807`)).toMatchObject({
      status: 200,
    });
    expect(asked).toEqual([[CONCERT, 2n ** 63n - 1n, 2_000, 'tickets']]);
  });

  test.each(['-1', '1.5', '', 'x', '9223372036854775808', '1&minRevision=2'])(
    'cannot be %s',
    async (text) => {
      const api = startApi();
      expect(await send(api, `/concerts/${CONCERT}?minRevision=${text}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'minRevision' }] },
      });
    },
  );
});

describe('stock', () => {
  const stock = { get: async () => ({ remaining: 3, held: 0, revision: 12n }) };

  test('comes from the cache', async () => {
    const api = startApi({ stock, queries: { concert: gone } });
    expect(await send(api, `/concerts/${CONCERT}/stock?minRevision=12`)).toMatchObject({
      status: 200,
      body: { remaining: 3, held: 0, revision: '12', source: 'cache' },
    });
  });

  test('comes from the read model when the cache is behind, empty or gone', async () => {
    const queries = { concert: async () => view };
    const behind = startApi({ stock, queries });
    const empty = startApi({ queries });
    const away = startApi({ stock: { get: gone }, queries });
    const expected = { status: 200, body: { remaining: 10, source: 'read-model' } };
    expect(await send(behind, `/concerts/${CONCERT}/stock?minRevision=13`)).toMatchObject(expected);
    expect(await send(empty, `/concerts/${CONCERT}/stock`)).toMatchObject(expected);
    expect(await send(away, `/concerts/${CONCERT}/stock`)).toMatchObject(expected);
  });

  test('comes from the log when neither knows the concert', async () => {
    const api = startApi();
    expect(await send(api, `/concerts/${CONCERT}/stock`)).toMatchObject({ body: { source: 'log' } });
  });
});

describe('pages', () => {
  test('are asked for by cursor and limit', async () => {
    const asked: unknown[] = [];
    const page = { items: [view], next: 'abc' };
    const api = startApi({
      queries: {
        listConcerts: async (request) => {
          asked.push(request);
          return page;
        },
      },
    });
    const first = await send(api, '/concerts');
    await send(api, '/concerts?cursor=abc&limit=1000');
    expect(first.body).toMatchObject({
      items: [{ concertId: CONCERT, revision: String(view.revision) }],
      next: 'abc',
    });
    expect(asked).toEqual([
      { cursor: null, limit: 100 },
      { cursor: 'abc', limit: 1000 },
    ]);
  });

  test.each([
    ['/concerts?limit=0', 'limit'],
    ['/concerts?limit=1001', 'limit'],
    ['/concerts?limit=ten', 'limit'],
    ['/concerts?cursor=', 'cursor'],
    ['/concerts?limt=5', 'limt'],
    ['/customers/ada/purchases?limit=5&limit=6', 'limit'],
    [`/customers/%20/purchases`, 'customerId'],
    [`/customers/${'a'.repeat(129)}/purchases`, 'customerId'],
    [`/concerts/${CONCERT}/events?cursor=x`, 'cursor'],
  ])('%s is refused for its %s', async (path, field) => {
    const api = startApi();
    expect(await send(api, path)).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });
});

test('a cursor of another list is refused', async () => {
  const tickets = () => Promise.reject(new InvalidCursor('no'));
  const api = startApi({ queries: { tickets } });
  expect(await send(api, `/concerts/${CONCERT}/tickets?cursor=abc`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'cursor' }] },
  });
  expect(api.lines).toEqual([]);
});

describe('the events of a concert', () => {
  const event = (revision: bigint): RecordedEvent => ({
    id: CONCERT,
    concertId: CONCERT,
    type: 'SalesClosed',
    revision,
    position: null,
    recordedAt: new Date('2030-01-01T00:00:00Z'),
    decoded: { ok: true, event: { type: 'SalesClosed', data: { concertId: CONCERT, closedAt: 'then' } } },
    data: {},
    metadata: {},
  });
  const log = (count: number) => ({
    async *read(_: string, from: bigint, most = count) {
      for (let i = from; i < BigInt(count) && i < from + BigInt(most); i++) yield [event(i)];
    },
  });

  test('are read from the log, page by page', async () => {
    const api = startApi({ log: log(3) });
    const first = await send(api, `/concerts/${CONCERT}/events?limit=2`);
    expect(first.body).toMatchObject({ items: [{ revision: '0' }, { revision: '1' }], next: '2' });
    expect(await send(api, `/concerts/${CONCERT}/events?limit=2&cursor=2`)).toMatchObject({
      body: {
        items: [
          {
            type: 'SalesClosed',
            revision: '2',
            recordedAt: '2030-01-01T00:00:00.000Z',
            data: { concertId: CONCERT, closedAt: 'then' },
          },
        ],
        next: null,
      },
    });
  });

  test('behind the end are none', async () => {
    const api = startApi({ log: log(3) });
    expect(await send(api, `/concerts/${CONCERT}/events?cursor=3`)).toMatchObject({
      status: 200,
      body: { items: [], next: null },
    });
  });
});

describe('an outage', () => {
  test('of the read model is a 503 that says nothing of the inside, and is logged', async () => {
    const queries = { concert: gone, listConcerts: gone, tickets: gone, purchase: gone, purchasesOf: gone };
    const api = startApi({ queries });
    const paths = [
      '/concerts',
      `/concerts/${CONCERT}`,
      `/concerts/${CONCERT}/tickets`,
      '/customers/ada/purchases',
    ];
    for (const path of paths) {
      const answer = await send(api, path);
      expect(answer).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
      expect(answer.headers['retry-after']).toBe('2');
      expect(JSON.stringify(answer.body)).not.toContain('10.1.2.3');
    }
    expect(api.lines.map(({ path }) => path)).toEqual(paths);
    expect(JSON.stringify(api.lines)).toContain('10.1.2.3');
  });

  test('of the log too', async () => {
    const silent = () => Promise.reject(new EventStoreUnavailable('nobody home'));
    const api = startApi({ commands: { load: silent } });
    expect(await send(api, `/concerts/${CONCERT}`)).toMatchObject({
      status: 503,
      body: { type: '/problems/unavailable' },
    });
  });

  test('that is a bug is a 500 without a stack trace, and is logged with one', async () => {
    const broken = () => Promise.reject(new TypeError('x is undefined'));
    const api = startApi({ commands: { load: broken } });
    const answer = await send(api, `/concerts/${CONCERT}`);
    expect(answer).toMatchObject({ status: 500, body: { type: '/problems/internal' } });
    expect(JSON.stringify(answer)).not.toContain('x is undefined');
    expect(api.lines).toMatchObject([
      { level: 50, err: { stack: expect.stringContaining('x is undefined') } },
    ]);
  });
});

test('a Postgres that says nothing keeps nobody waiting', async () => {
  const silent = () => new Promise<never>(() => {});
  const api = startApi({
    queries: {
      listConcerts: silent,
      concert: silent,
      tickets: silent,
      purchasesOf: silent,
      purchase: silent,
    },
  });
  const paths = [
    '/concerts',
    `/concerts/${CONCERT}`,
    `/concerts/${CONCERT}/tickets`,
    `/concerts/${CONCERT}/purchases/${CONCERT}`,
    '/customers/ada/purchases',
  ];
  const answers = await inQuickTime(() => Promise.all(paths.map((path) => send(api, path))));
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
    expect(answer.headers['retry-after']).toBe('2');
  }
});
