import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { openTelemetry } from '../../src/api/telemetry/open-telemetry.js';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import { busy } from '../../src/commands/outcome.js';
import { CONCERT, startApi } from './support.js';

const spans = new InMemorySpanExporter();
const tracing = openTelemetry('onsale', new SimpleSpanProcessor(spans));
afterEach(() => spans.reset());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const client = `00-${traceId}-b7ad6b7169203331-01`;

async function buy(headers: Record<string, string>) {
  const asked: PurchaseRequest[] = [];
  const api = startApi({
    tracing,
    logLevel: 'debug',
    commands: {
      purchase: async (wanted) => {
        asked.push(wanted);
        return busy();
      },
    },
  });
  const { statusCode, body } = await request(`${api.url}/concerts/${CONCERT}/purchases`, {
    ...(api.dispatcher === undefined ? {} : { dispatcher: api.dispatcher }),
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k', ...headers },
    body: JSON.stringify({ customerId: 'ada', quantity: 1 }),
  });
  await body.dump();
  return { statusCode, asked, lines: api.lines };
}

test('a request continues the trace of its client, and the lines of the log name it', async () => {
  const { statusCode, asked, lines } = await buy({ traceparent: client });
  const [span, ...others] = spans.getFinishedSpans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({
    name: 'POST /concerts/:concertId/purchases',
    parentSpanContext: { traceId, spanId: 'b7ad6b7169203331', isRemote: true },
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/concerts/:concertId/purchases',
      'http.response.status_code': statusCode,
      'onsale.problem': 'busy',
    },
  });
  expect(asked[0]?.trace).toBe(`00-${traceId}-${span?.spanContext().spanId}-01`);
  expect(lines.filter((line) => line.traceId === traceId)).not.toEqual([]);
});

test('a client that does not sample its trace is not recorded, and no command is traced', async () => {
  const { asked } = await buy({ traceparent: client.replace(/01$/, '00') });
  expect(spans.getFinishedSpans()).toEqual([]);
  expect(asked[0]?.trace).toBeUndefined();
});

test.each([
  '',
  'nonsense',
  client.toUpperCase(),
  client.replace('00-', 'ff-'),
  client.replace(traceId, '0'.repeat(32)),
])('a header that is no trace context begins a trace of its own: "%s"', async (traceparent) => {
  await buy({ traceparent });
  const [span] = spans.getFinishedSpans();
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.spanContext().traceId).not.toBe(traceId);
});

test('an append continues the first of its commands and links to all; what projects it links to the append', () => {
  const other = '00-11111111111111111111111111111111-2222222222222222-01';
  const append = tracing.appending(CONCERT, [client, other]);
  append.end('appended', 3);
  tracing.projected([append.traceParent], 3, 5);
  const [appended, projected] = spans.getFinishedSpans();
  expect(appended).toMatchObject({
    name: 'append',
    parentSpanContext: { traceId },
    attributes: { 'onsale.commands': 2, 'onsale.events': 3, 'onsale.result': 'appended' },
  });
  expect(appended?.links.map(({ context }) => context.spanId)).toEqual([
    'b7ad6b7169203331',
    '2222222222222222',
  ]);
  expect(projected).toMatchObject({ name: 'project', attributes: { 'onsale.events': 3 } });
  expect(projected?.links.map(({ context }) => context.spanId)).toEqual([appended?.spanContext().spanId]);
});
