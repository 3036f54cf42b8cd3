import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.js';
import { CONCERT, send, startApi } from './support.js';

const shop = 'https://tickets.example';
const preflight = {
  method: 'OPTIONS',
  headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'idempotency-key' },
};

describe('a page of another origin', () => {
  test('may read nothing unless the configuration says so', async () => {
    const api = startApi();
    const answer = await send(api, '/healthz', { headers: { origin: shop } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    const asked = await send(api, '/concerts', {
      ...preflight,
      headers: { ...preflight.headers, origin: shop },
    });
    expect(asked.headers['access-control-allow-methods']).toBeUndefined();
  });

  test('may read answers and problems where it is one of the configured', async () => {
    const api = startApi({}, { corsOrigins: [shop] });
    for (const [path, status] of [
      ['/healthz', 200],
      ['/nowhere', 404],
      [`/concerts/${CONCERT}?at=never`, 400],
    ] as const) {
      const answer = await send(api, path, { headers: { origin: shop } });
      expect(answer).toMatchObject({
        status,
        headers: { 'access-control-allow-origin': shop, vary: 'Origin' },
      });
      expect(answer.headers['access-control-expose-headers']).toContain('X-Request-Id');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
      const other = await send(api, path, { headers: { origin: 'https://tickets.example.evil' } });
      expect(other.headers['access-control-allow-origin']).toBeUndefined();
      expect(other.headers.vary).toBe('Origin');
    }
  });

  test('may buy with a key, after it has asked', async () => {
    const api = startApi({}, { corsOrigins: [shop] });
    const headers = { ...preflight.headers, origin: shop };
    const asked = await send(api, `/concerts/${CONCERT}/purchases`, { ...preflight, headers });
    expect(asked).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': shop } });
    expect(asked.headers['access-control-allow-headers']).toContain('Idempotency-Key');
    expect(asked.headers['access-control-allow-methods']).toContain('PATCH');
  });

  test('of any origin where the configuration is a star', async () => {
    const api = startApi({}, { corsOrigins: ['*'] });
    const answer = await send(api, '/healthz', { headers: { origin: shop } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });
});

describe('CORS_ORIGINS', () => {
  test('is a list of origins, or a star', () => {
    for (const [given, origins] of [
      [`${shop}, http://localhost:8080`, [shop, 'http://localhost:8080']],
      ['*', ['*']],
    ] as const) {
      expect(loadConfig({ CORS_ORIGINS: given })).toMatchObject({ config: { corsOrigins: origins } });
    }
  });

  test.each(['tickets.example', 'https://tickets.example/', `${shop},`, 'null', `${shop} ${shop}`])(
    'is refused when it is "%s"',
    (given) => {
      expect(loadConfig({ CORS_ORIGINS: given })).toEqual({
        ok: false,
        problems: [expect.stringMatching(/^CORS_ORIGINS is ".*"; expected origins like/)],
      });
    },
  );
});
