import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Nginx } from '../support/nginx.js';
import { startProxy } from './proxy.js';

/** Where the proxy sends a request: each server answers with its port. */
let servers: Server[] = [];
let ports: number[] = [];
let nginx: Nginx;
let url = '';

async function listen(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(String(request.socket.localPort)));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

async function stop(server: Server | undefined): Promise<void> {
  if (server?.listening !== true) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

beforeEach(async () => {
  servers = [await listen(0), await listen(0)];
  ports = servers.map(portOf);
  ({ nginx, url } = await startProxy(ports));
}, 600_000);
afterEach(async () => {
  await nginx.stop();
  await Promise.all(servers.map(stop));
});

async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const answer = await fetch(url + path, init);
  const port = await answer.text();
  expect(answer.status).toBe(200);
  return Number(port);
}

const buy = (concertId: string, headers: Record<string, string> = {}) =>
  ask(`/concerts/${concertId}/purchases`, { method: 'POST', body: '{}', headers });

const concertIds = (count: number) => Array.from({ length: count }, () => randomUUID());

test('all requests of a concert reach one service, and concerts spread over the services', async () => {
  const used = new Set<number>();
  for (const id of concertIds(40)) {
    const asked = new Set([
      await buy(id),
      await buy(id, { 'Idempotency-Key': 'a' }),
      await buy(id, { 'Idempotency-Key': 'b', Prefer: 'wait=3' }),
      await ask(`/concerts/${id}`),
      await ask(`/concerts/${id}?minRevision=1`, { headers: { Prefer: 'wait=3' } }),
      await ask(`/concerts/${id}/stock`),
      await ask(`/concerts/${id}/audit`),
      await ask(`/concerts/${id}`, { method: 'PATCH', body: '{}' }),
    ]);
    expect(asked.size).toBe(1);
    for (const port of asked) used.add(port);
  }
  expect(used).toEqual(new Set(ports));
});

test('requests that name no concert are balanced as before', async () => {
  const asked = new Set<number>();
  for (let i = 0; i < 4; i++) asked.add(await ask('/concerts', { method: 'POST', body: '{}' }));
  expect(asked).toEqual(new Set(ports));
});

test('the concerts of a service that is gone go to another, and return when it is back', async () => {
  const ids = concertIds(20);
  const before = await Promise.all(ids.map((id) => buy(id)));
  await stop(servers[0]);
  const meanwhile = await Promise.all(ids.map((id) => buy(id)));
  expect(new Set(meanwhile)).toEqual(new Set([ports[1]]));
  servers[0] = await listen(ports[0] ?? 0);
  await expect
    .poll(() => Promise.all(ids.map((id) => buy(id))), { timeout: 60_000, interval: 200 })
    .toEqual(before);
});

test('when both services were taken out, the one that is back is found at once', async () => {
  const ids = concertIds(20);
  await Promise.all(servers.map(stop));
  const refused = await Promise.all(
    ids.map(async (id) => (await fetch(`${url}/concerts/${id}/stock`)).status),
  );
  expect(new Set(refused)).toEqual(new Set([502]));
  servers[1] = await listen(ports[1] ?? 0);
  const found = await Promise.all(
    ids.flatMap((id) => [
      buy(id),
      buy(id, { Prefer: 'wait=3' }),
      buy(id, { 'Idempotency-Key': 'a', Prefer: 'wait=3' }),
      ask(`/concerts/${id}/stock`),
      ask(`/concerts/${id}/audit`),
    ]),
  );
  expect(new Set(found)).toEqual(new Set([ports[1]]));
});

test('a purchase without a key that a service dropped is not done by the other one', async () => {
  let arrived = 0;
  for (const server of servers) {
    server.removeAllListeners('request');
    server.on('request', (request) => {
      arrived += 1;
      request.socket.destroy();
    });
  }
  const answer = await fetch(`${url}/concerts/${randomUUID()}/purchases`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(502);
  expect(arrived).toBe(1);
});
