import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { pino } from 'pino';
import { readJson } from '../../src/api/http/body.js';
import type { RequestState } from '../../src/api/http/context.js';
import { idempotencyKey } from '../../src/api/http/idempotency-key.js';
import { requestMiddleware } from '../../src/api/http/request-middleware.js';
import { respondJson, respondProblem } from '../../src/api/http/respond.js';
import { listen } from '../../src/api/http/server/server.js';
import { refusalProblem } from '../../src/api/problems/refusals.js';
import { pathVariables } from '../../src/api/routing/path-variables.js';
import { purchaseBody } from '../../src/api/schemas/requests.js';
import { createMetrics } from '../../src/api/telemetry/metrics.js';
import { noop } from './noop.js';
import type { PeerName } from './peers.js';
import { postgresConditional, postgresForUpdate } from './postgres-row.js';
import { rawAppend } from './raw-append.js';
import { redisLua } from './redis-lua.js';
import { redisSortedSet } from './redis-sorted-set.js';
import type { PeerServers, PeerStorage } from './storage.js';

/** A peer as a process: the middleware, router, body reader and answers of the service's own API around another storage. */

const storages: Record<
  Exclude<PeerName, 'bare-http'>,
  (servers: PeerServers) => PeerStorage | Promise<PeerStorage>
> = {
  noop,
  'raw-append': rawAppend,
  'pg-for-update': postgresForUpdate,
  'pg-conditional': postgresConditional,
  'redis-lua': redisLua,
  'redis-sorted-set': redisSortedSet,
};

const concertIdIn = (given = ''): string => pathVariables.concertId.read(given);

function routesOver(storage: PeerStorage): Router<RequestState> {
  const router = new Router<RequestState>();
  router.put('/concerts/:concertId/:capacity', async (ctx) => {
    await storage.schedule(concertIdIn(ctx.params.concertId), Number(ctx.params.capacity));
    respondJson(ctx, 201, {});
  });
  router.get('/concerts/:concertId/sold', async (ctx) =>
    respondJson(ctx, 200, await storage.sold(concertIdIn(ctx.params.concertId))),
  );
  router.post('/concerts/:concertId/purchases', async (ctx) => {
    const concertId = concertIdIn(ctx.params.concertId);
    const key = idempotencyKey(ctx);
    const { customerId, quantity } = await readJson(ctx, purchaseBody);
    const bought = await storage.buy({ concertId, customerId, quantity, key });
    if (bought.kind === 'queued') respondJson(ctx, 202, { concertId, customerId, status: 'queued' });
    else if (bought.kind === 'sold-out') respondProblem(ctx, refusalProblem({ reason: 'sold-out' }));
    else if (bought.kind === 'limit-reached')
      respondProblem(ctx, refusalProblem({ reason: 'limit-reached', limit: 1, held: 1 }));
    else {
      const { purchaseId, ticketNumber } = bought;
      ctx.set('Location', `/concerts/${concertId}/purchases/${purchaseId}`);
      respondJson(ctx, 201, receipt(concertId, customerId, purchaseId, ticketNumber));
    }
  });
  return router;
}

/** A receipt with the fields of the service's, of about the same length. */
const receipt = (concertId: string, customerId: string, purchaseId: string, number: number) => ({
  purchaseId,
  concertId,
  customerId,
  tickets: [{ number, vip: false, seat: null }],
  revision: String(number),
});

async function serveOver(storage: PeerStorage): Promise<string> {
  const app = new Koa<RequestState>();
  app.use(requestMiddleware({ metrics: createMetrics(), logger: pino({ level: 'silent' }), tracing: null }));
  app.use(routesOver(storage).routes());
  return (await listen(app.callback(), { host: '127.0.0.1', port: 0 })).url;
}

/** node:http and nothing else: reads the body, parses it, answers. */
async function serveBare(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { customerId = '' } = text === '' ? {} : (JSON.parse(text) as { customerId?: string });
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify(receipt('', customerId, randomUUID(), 1)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { name, servers } = JSON.parse(process.argv[2] ?? '') as { name: PeerName; servers: PeerServers };
const storage = name === 'bare-http' ? null : await storages[name](servers);
const url = storage === null ? await serveBare() : await serveOver(storage);
process.on('disconnect', () => process.exit());
process.on('message', () => void stop());
process.send?.({ url });

async function stop(): Promise<void> {
  await storage?.close();
  process.exit();
}
