import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
// @ts-expect-error A script of the desk, without types.
import { clientTypes, typesFile } from '../../lint/client-types.mjs';
import { openApiDocument } from '../../src/api/openapi/document.js';
import { routes } from '../../src/api/routes/index.js';
import { createOnsaleClient } from '../../src/client/index.js';
import { CONCERT, send, startApi } from './support.js';

test('the types of the client are those of the API document; else run `npm run client:types`', async () => {
  expect(await readFile(typesFile, 'utf8')).toBe(await clientTypes(openApiDocument(routes)));
});

test('the client buys, and is refused with a problem', async () => {
  const api = startApi();
  const client = createOnsaleClient({
    baseUrl: api.url,
    fetch: async ({ method, url, headers, body }) => {
      const sent = await new Response(body).text();
      const path = url.slice(api.url.length);
      const answer = await send(api, path, { method, headers: Object.fromEntries(headers), body: sent });
      return new Response(answer.text, { status: answer.status });
    },
  });
  const buy = (customerId: string) =>
    client.POST('/concerts/{concertId}/purchases', {
      params: { path: { concertId: CONCERT }, header: { 'Idempotency-Key': 'k1' } },
      body: { customerId, quantity: 1 },
    });
  const bought = await buy('ada');
  expect(bought.data !== undefined && 'tickets' in bought.data && bought.data.tickets).toMatchObject([
    { number: 1, seat: 'VIP-1' },
  ]);
  const refused = await buy('');
  expect(refused.error).toMatchObject({ type: '/problems/invalid-request', status: 400 });
});
