import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { uniqueNamespace } from '../support/stack.js';
import { environment, startServing } from './running-service.js';

const spanShape = z.object({
  traceId: z.string(),
  spanId: z.string(),
  name: z.string(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
});
const exportShape = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(spanShape) })) })),
});
type Span = z.infer<typeof spanShape>;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A collector that keeps what it is sent. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans } = exportShape.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    spans.push(...resourceSpans.flatMap((each) => each.scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  cleanUps.push(() => server.close());
  return { spans, url: `http://127.0.0.1:${port}` };
}

test('a purchase is followed from its request over the hand-over and the append to the read models', async () => {
  const collector = await startCollector();
  const namespace = uniqueNamespace();
  const env = environment(namespace, undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const [owner, other] = await Promise.all([startServing(env), startServing(env)]);
  cleanUps.push(() => Promise.all([owner.end('SIGKILL'), other.end('SIGKILL')]));
  const post = async (url: string, path: string, body: object, headers: object = {}) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: z.looseObject({}).parse(await response.json()) };
  };
  const { concertId } = (await post(owner.url, '/concerts', { name: 'Rock', capacity: 10, vipSeats: 0 }))
    .body;
  const buy = (url: string, customerId: string, traceId: string) =>
    post(
      url,
      `/concerts/${concertId}/purchases`,
      { customerId, quantity: 1 },
      {
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
    );
  expect((await buy(owner.url, 'ada', '1'.repeat(32))).status).toBe(201);
  // The first process owns the concert by now, so the second hands its purchase over.
  const bought = await buy(other.url, 'bob', '2'.repeat(32));
  expect(bought.status).toBe(201);
  const visible = await fetch(`${owner.url}/concerts/${concertId}?minRevision=${bought.body.revision}`);
  expect(visible.status).toBe(200);
  expect(await Promise.all([owner.end('SIGTERM'), other.end('SIGTERM')])).toEqual([0, 0]);
  const named = (name: string, traceId: string) =>
    collector.spans.filter((span) => span.name === name && span.traceId === traceId);
  for (const traceId of ['1'.repeat(32), '2'.repeat(32)]) {
    const [request] = named('POST /concerts/:concertId/purchases', traceId);
    const [append] = named('append', traceId);
    expect(append?.links.map(({ spanId }) => spanId)).toEqual([request?.spanId]);
    const projected = collector.spans.filter(
      ({ name, links }) => name === 'project' && links.some(({ spanId }) => spanId === append?.spanId),
    );
    expect(projected).toHaveLength(1);
  }
});
