import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/api/problems/problem.js';
import { CONCERT, inQuickTime, send, startApi } from './support.js';

describe('the request id', () => {
  test('is the client’s own where it is harmless', async () => {
    const api = startApi();
    const answer = await send(api, '/healthz', { headers: { 'x-request-id': 'a1b2/c3:d4' } });
    expect(answer.headers['x-request-id']).toBe('a1b2/c3:d4');
  });

  test.each(['', 'a b', '<script>', 'x'.repeat(129)])('is one of ours instead of "%s"', async (given) => {
    const api = startApi();
    const answer = await send(api, '/nowhere', { headers: { 'x-request-id': given } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body?.requestId).toBe(answer.headers['x-request-id']);
  });
});

describe('where there is no route', () => {
  test('an unknown path is a problem', async () => {
    const api = startApi();
    expect(await send(api, '/tickets')).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
  });

  test('another method is told the methods there are', async () => {
    const api = startApi();
    const answer = await send(api, `/concerts/${CONCERT}`, { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
    expect(answer.headers.allow).toBe('HEAD, GET, PATCH');
    const options = await send(api, '/concerts', { method: 'OPTIONS' });
    expect(options).toMatchObject({ status: 204, headers: { allow: 'POST, HEAD, GET' } });
  });
});

describe('health', () => {
  const silent = () => Promise.reject(new Error('gone'));

  test('is alive whatever else is gone', async () => {
    const api = startApi({
      log: { ping: silent },
      queries: { ping: silent },
      probes: { redis: silent },
    });
    expect(await send(api, '/healthz')).toMatchObject({ status: 200, body: { status: 'alive' } });
  });

  test('the metrics tell the state of each projection', async () => {
    const report = { name: 'tickets', state: 'paused', problem: null, position: '1/1', parkedEvents: 3 };
    const api = startApi({ probes: { projections: async () => [report] } });
    const { text } = await send(api, '/metrics');
    expect(text).toContain('onsale_projection_state{projection="tickets",state="paused"} 1');
    expect(text).toContain('onsale_projection_parked_events{projection="tickets"} 3');
  });

  test('is ready when everything answers, and tells of the projections', async () => {
    const projections = [
      { name: 'concerts', state: 'active', problem: null, position: '1/1', parkedEvents: 0 },
    ];
    const api = startApi({ probes: { projections: async () => projections } });
    expect(await send(api, '/readyz')).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        checks: { eventStore: 'answers', readModel: 'answers', redis: 'answers', projections: 'answers' },
        projections,
      },
    });
  });

  test('tells how many concerts it owns, and is degraded, but ready, while a queue is not served', async () => {
    const owning = (unservedQueues: readonly string[]) =>
      startApi({ commands: { ownership: () => ({ concerts: 2, unservedQueues }) } });
    expect(await send(owning([]), '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', ownership: { concerts: 2, unservedQueues: [] } },
    });
    expect(await send(owning([CONCERT]), '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'degraded', ownership: { concerts: 2, unservedQueues: [CONCERT] } },
    });
  });

  test('owns nothing, and is ready, in an installation without Redis', async () => {
    const api = startApi({ commands: { ownership: () => null } });
    expect((await send(api, '/readyz')).body).toMatchObject({ status: 'ready', ownership: null });
  });

  test('is degraded, but ready, without Redis', async () => {
    const api = startApi({ probes: { redis: silent } });
    expect(await send(api, '/readyz')).toMatchObject({ status: 200, body: { status: 'degraded' } });
  });

  test('is not ready without the log, or without the read model', async () => {
    const noLog = startApi({ log: { ping: silent } });
    const noReadModel = startApi({ queries: { ping: silent } });
    expect(await send(noLog, '/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
    expect(await send(noReadModel, '/readyz')).toMatchObject({ status: 503 });
  });

  test('does not wait for ever for one who says nothing', async () => {
    const api = startApi({ log: { ping: () => new Promise(() => {}) } });
    expect(await inQuickTime(() => send(api, '/readyz'))).toMatchObject({
      status: 503,
      body: { checks: { eventStore: 'silent' } },
    });
  });
});

describe('probes of a Postgres in which a table is locked', () => {
  const projections = () => new Promise<never>(() => {});

  test('name what did not answer, and tell the rest', async () => {
    const api = startApi({ probes: { projections } });
    const [ready, { text: scraped }] = await inQuickTime(() =>
      Promise.all([send(api, '/readyz'), send(api, '/metrics')]),
    );
    expect(ready).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { readModel: 'answers', projections: 'silent' }, projections: [] },
    });
    expect(scraped).toContain('onsale_scrape_missing{part="projections"} 1');
    expect(scraped).toContain('onsale_http_requests_in_progress 2');
  });

  test('do not ask it again while it is silent', async () => {
    let asked = 0;
    const counted = () => {
      asked += 1;
      return projections();
    };
    const api = startApi({ probes: { projections: counted } });
    await inQuickTime(() => Promise.all(Array.from({ length: 20 }, () => send(api, '/readyz'))));
    expect(asked).toBe(1);
  });
});

describe('what is told of requests', () => {
  test('is measured by route, method and status, never by path', async () => {
    const api = startApi();
    await send(api, `/concerts/${CONCERT}`);
    await send(api, '/nowhere');
    const metrics = await api.services.metrics.registry.metrics();
    expect(metrics).toContain('_count{method="GET",route="/concerts/:concertId",status="200"} 1');
    expect(metrics).toContain('_count{method="GET",route="none",status="404"} 1');
    expect(metrics).not.toContain(CONCERT);
    expect((await send(api, '/metrics')).headers['content-type']).toContain('text/plain');
  });

  test('is logged at debug alone', async () => {
    const quiet = startApi();
    const loud = startApi({ logLevel: 'debug' });
    await send(quiet, '/nowhere');
    const { headers } = await send(loud, '/nowhere');
    expect(quiet.lines).toEqual([]);
    expect(loud.lines).toMatchObject([
      {
        requestId: headers['x-request-id'],
        method: 'GET',
        path: '/nowhere',
        status: 404,
        problem: 'not-found',
      },
    ]);
  });
});

test('the type of every problem is a page that explains it', async () => {
  const api = startApi();
  const list = await send(api, '/problems');
  expect(list.body?.items).toHaveLength(Object.keys(catalogue).length);
  for (const [name, { status, title }] of Object.entries(catalogue)) {
    const type = `/problems/${name}`;
    expect(await send(api, type)).toMatchObject({ status: 200, body: { type, status, title } });
  }
  expect(await send(api, '/problems/nonsense')).toMatchObject({ status: 404 });
});
