import { type Readable, Writable } from 'node:stream';
import { pino } from 'pino';
import { type Dispatcher, request } from 'undici';
import { expect, onTestFinished, vi } from 'vitest';
import { type AppOptions, createApp } from '../../src/api/app.js';
import {
  createHttpServer,
  type ListenOptions,
  listen,
  type RunningServer,
} from '../../src/api/http/server/server.js';
import { type LimitRules, noLimits, RequestLimits } from '../../src/api/limits/request-limits.js';
import { LiveConcerts, type LiveOptions } from '../../src/api/live/live-concerts.js';
import type { ApiServices } from '../../src/api/services.js';
import { createMetrics } from '../../src/api/telemetry/metrics.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { emptyConcert, type Purchase } from '../../src/domain/concert.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { systemClock } from '../../src/waiting/clock.js';
import { Limiter } from '../../src/waiting/turns.js';
import { takeWrongAnswers } from '../support/check-every-answer.js';
import { memoryClient } from './memory-connection.js';

export const CONCERT = '6f2c1a60-33c9-4d0a-9a55-0d5c7a5b9f10';

/** Stands in for the modules below, one answer each: what is tested here is what the API makes of answers. */
export interface GivenServices {
  readonly commands?: Partial<ApiServices['commands']>;
  readonly queries?: Partial<ApiServices['queries']>;
  readonly log?: Partial<ApiServices['log']>;
  readonly stock?: Partial<ApiServices['stock']>;
  readonly probes?: Partial<ApiServices['probes']>;
  readonly audit?: ApiServices['audit'];
  readonly benchReport?: ApiServices['benchReport'];
  readonly mode?: ApiServices['mode'];
  readonly tracing?: ApiServices['tracing'];
  readonly authenticate?: ApiServices['authenticate'];
  readonly live?: Partial<LiveOptions>;
  readonly limits?: Partial<LimitRules>;
  readonly logLevel?: string;
}

export interface TestApi {
  readonly url: string;
  /** What requests go through; the network unless given. */
  readonly dispatcher?: Dispatcher;
  readonly lines: readonly Record<string, unknown>[];
  readonly services: ApiServices;
}

/** The API of these services, over HTTP within this process. */
export function startApi(given: GivenServices = {}, options: AppOptions = {}): TestApi {
  const lines: Record<string, unknown>[] = [];
  const services = servicesOf(given, lines);
  const { server, stop } = createHttpServer(createApp(services, options).callback(), {});
  const dispatcher = memoryClient(server);
  onTestFinished(async () => {
    await dispatcher.destroy();
    await stop(0);
    expect(takeWrongAnswers()).toEqual([]);
  });
  return { url: 'http://api.test', dispatcher, lines, services };
}

/** The same at a port of loopback, for what a connection does. */
export async function listenApi(
  given: GivenServices = {},
  options: Partial<ListenOptions> = {},
): Promise<TestApi & RunningServer> {
  const lines: Record<string, unknown>[] = [];
  const services = servicesOf(given, lines);
  const server = await listen(createApp(services).callback(), { host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => server.stop(0));
  return { ...server, lines, services };
}

function servicesOf(given: GivenServices, lines: Record<string, unknown>[]): ApiServices {
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const metrics = createMetrics();
  const emptyPage = { items: [], next: null };
  const logger = pino({ level: given.logLevel ?? 'info' }, sink);
  const queries: ApiServices['queries'] = {
    listConcerts: async () => emptyPage,
    concert: async () => null,
    concerts: async () => [],
    tickets: async () => emptyPage,
    salesPerSecond: async () => emptyPage,
    purchase: async () => null,
    purchasesOf: async () => emptyPage,
    waitFor: async () => true,
    stopWaiting: () => {},
    ping: async () => {},
    ...given.queries,
  };
  return {
    mode: given.mode ?? 'batch',
    tracing: given.tracing ?? null,
    authenticate: given.authenticate ?? null,
    limits: new RequestLimits({ ...noLimits, ...given.limits }),
    metrics,
    metricsText: () => metrics.registry.metrics(),
    logger,
    commands: {
      purchase: async ({ concertId, customerId, idempotencyKey, quantity }) =>
        accepted(aPurchase({ concertId, customerId, idempotencyKey, quantity })),
      schedule: async ({ concertId }) => ({ kind: 'done', concertId, revision: 0n }),
      change: async (concertId) => ({ kind: 'done', concertId, revision: 1n }),
      cancelPurchase: async () => ({ kind: 'refused', refusal: { reason: 'unknown-purchase' } }),
      load: async (concertId) => ({ ...emptyConcert(concertId), status: 'scheduled', revision: 0n }),
      find: async ({ purchases }, purchaseId) => purchases.get(purchaseId),
      findHold: async ({ holds }, holdId) => holds.get(holdId),
      holds: {
        hold: async () => ({ kind: 'refused', refusal: { reason: 'no-holds' } }),
        confirm: async () => ({ kind: 'refused', refusal: { reason: 'unknown-hold' } }),
        extend: async () => ({ kind: 'refused', refusal: { reason: 'unknown-hold' } }),
        release: async () => ({ kind: 'refused', refusal: { reason: 'unknown-hold' } }),
        joinWaitingList: async () => ({ kind: 'refused', refusal: { reason: 'no-waiting-list' } }),
        leaveWaitingList: async () => ({ kind: 'refused', refusal: { reason: 'not-waiting' } }),
      },
      standing: async () => null,
      owner: async () => null,
      ownership: () => ({ concerts: 0, unservedQueues: [] }),
      stopWaiting: () => {},
      stop: async () => {},
      ...given.commands,
    },
    queries,
    live: new LiveConcerts((concertIds) => queries.concerts(concertIds), { metrics, logger }, given.live),
    wholeLogReads: new Limiter({ atOnce: 1, waiting: 1, waitMs: 60_000 }),
    log: {
      async *read() {},
      ping: async () => {},
      ...given.log,
    },
    stock: { get: async () => null, ...given.stock },
    benchReport: given.benchReport ?? (async () => null),
    audit: given.audit ?? (async () => null),
    probes: {
      redis: async () => {},
      projections: async () => [],
      lagSeconds: async () => 0,
      ...given.probes,
    },
  };
}

/** Runs in a time that passes as long as nothing is at work, so that what waits in vain has waited at once. */
export async function inQuickTime<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isDone = false;
  const result = work().finally(() => {
    isDone = true;
  });
  try {
    for (let ms = 0; !isDone; ms += 10) {
      if (ms > 60_000) throw new Error('something has waited for a minute');
      vi.advanceTimersByTime(10);
      await systemClock.turn();
    }
    return await result;
  } finally {
    vi.useRealTimers();
  }
}

export const accepted = (purchase: Purchase): PurchaseOutcome => ({ kind: 'accepted', purchase });

export const aPurchase = ({ concertId = CONCERT, customerId = 'ada', idempotencyKey = 'k1', quantity = 1 }) =>
  ({
    purchaseId: purchaseIdOf(concertId, idempotencyKey),
    customerId,
    idempotencyKey,
    tickets: Array.from({ length: quantity }, (_, i) => ({ number: i + 1, seat: i === 0 ? 'VIP-1' : null })),
    status: 'live',
    revision: 9_007_199_254_740_993n,
    lastRevision: 9_007_199_254_740_993n,
  }) satisfies Purchase;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Parsed where the answer is JSON; null where it is not. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

export interface Send {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly signal?: AbortSignal;
}

/** One request over HTTP. */
export async function send(
  api: Pick<TestApi, 'url' | 'dispatcher'>,
  path: string,
  options: Send = {},
): Promise<Answer> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const type = options.json === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await request(api.url + path, {
    method: (options.method ?? (body === undefined ? 'GET' : 'POST')) as 'GET',
    headers: { ...type, ...options.headers },
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(api.dispatcher === undefined ? {} : { dispatcher: api.dispatcher }),
  });
  const text = await answer.body.text();
  const isJson = /json/.test(String(answer.headers['content-type']));
  return { status: answer.statusCode, headers: answer.headers, text, body: isJson ? JSON.parse(text) : null };
}
