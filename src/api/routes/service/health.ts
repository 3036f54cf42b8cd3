import type { Ownership } from '../../../commands/commands.js';
import type { ProbeAnswer, Probed } from '../../reading/probe.js';
import { json, text } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import { anyQuery } from '../../schemas/requests.js';
import * as replies from '../../schemas/service-replies.js';
import type { ProjectionReport } from '../../services.js';
import type { Metrics } from '../../telemetry/metrics.js';

/** Every probe is answered within 2 s, with what is known by then and what is not. */
const tag = 'Operations';

const alive = route(
  'GET',
  '/healthz',
  {
    id: 'isAlive',
    tag,
    summary: 'Tell whether the process is alive',
    query: anyQuery,
    replies: { 200: json('It is.', replies.alive, { status: 'alive' }) },
  },
  () => ({ status: 200, body: { status: 'alive' as const } }),
);

const readyExample = {
  status: 'ready' as const,
  checks: {
    eventStore: 'answers' as const,
    readModel: 'answers' as const,
    redis: 'answers' as const,
    projections: 'answers' as const,
  },
  projections: [{ name: 'concerts', state: 'active', problem: null, position: '7077/7077', parkedEvents: 0 }],
  lagSeconds: 0,
  ownership: { concerts: 1, unservedQueues: [] },
};

const ready = route(
  'GET',
  '/readyz',
  {
    id: 'isReady',
    tag,
    summary: 'Tell whether the service is ready',
    description:
      'Answers within 2 s. `unavailable` without the event store or the read model. `degraded`, but ready, without Redis, while a projection is `stalled` or in `error`, while active ones lack an event older than ten seconds, where none of that can be found out, and while this process cannot decide the purchases in some concert’s queue (`unservedQueues`; its log says why): sales go on. A check `answers`, `fails` (at once), is `silent` (no answer in 1.5 s) or, for Redis, `not used`.',
    query: anyQuery,
    replies: {
      200: json('Ready or degraded.', replies.readiness, readyExample),
      503: json('Unavailable.', replies.readiness, {
        ...readyExample,
        status: 'unavailable',
        checks: { ...readyExample.checks, eventStore: 'silent' },
      }),
    },
  },
  async (_, { health, commands }) => {
    const [log, reads, cache, reports, late] = await Promise.all([
      health.eventStore.result(),
      health.readModel.result(),
      health.redis?.result() ?? notUsed,
      health.projections.result(),
      health.lag.result(),
    ]);
    const checks = {
      eventStore: log.answer,
      readModel: reads.answer,
      redis: cache.answer,
      projections: reports.answer,
    };
    const lagSeconds = late.answer === 'answers' ? late.value : null;
    const projections = reportsIn(reports);
    const ownership = commands.ownership();
    const status = statusOf(checks, projections, lagSeconds, ownership);
    const body = { status, checks, projections, lagSeconds, ownership };
    return status === 'unavailable' ? { status: 503, body } : { status: 200, body };
  },
);

const metrics = route(
  'GET',
  '/metrics',
  {
    id: 'scrapeMetrics',
    tag,
    summary: 'Metrics for Prometheus',
    description:
      'Answers within 2 s. `onsale_scrape_missing{part}` says what is missing: how many `workers` did not answer, 1 for `projections` and `primary`.',
    query: anyQuery,
    replies: { 200: text('text/plain; version=0.0.4; charset=utf-8', 'In the text format.', '…') },
  },
  async (_, { metricsText, metrics, health, commands }) => {
    const [counted, reports, late, ...servers] = await Promise.all([
      metricsText(),
      health.projections.result(),
      health.lag.result(),
      health.eventStore.result(),
      health.readModel.result(),
      health.redis?.result() ?? notUsed,
    ]);
    noteProjections(metrics, reports);
    noteServers(metrics, servers);
    metrics.readModelLag.remove();
    if (late.answer === 'answers') metrics.readModelLag.set(late.value);
    metrics.unservedQueues.set(commands.ownership()?.unservedQueues.length ?? 0);
    return { status: 200, body: `${counted}\n${await metrics.atScrape.metrics()}` };
  },
);

/** The answer for a server that the configuration does without: nobody asked it, and nothing is missing. */
const notUsed = { answer: 'not used' } as const;

type Checks = Readonly<Record<'eventStore' | 'readModel' | 'projections', ProbeAnswer>> & {
  readonly redis: ProbeAnswer | 'not used';
};

/** An event that the read models lack is late when it is older than this, in seconds. */
const lateSeconds = 10;

/**
 * Without log or read model there is no service. Without the rest there is, slower or behind: `degraded`, but ready. So it is
 * while read models are not what the log says, or nobody can tell: sales do not depend on them. A queue that is not served is that
 * of some concert; the others are sold.
 */
function statusOf(
  { eventStore, readModel, redis, projections }: Checks,
  reports: readonly ProjectionReport[],
  lagSeconds: number | null,
  ownership: Ownership | null,
): 'ready' | 'degraded' | 'unavailable' {
  if (eventStore !== 'answers' || readModel !== 'answers') return 'unavailable';
  const hasRedis = redis === 'answers' || redis === 'not used';
  const isWell = reports.every(({ state }) => state !== 'error' && state !== 'stalled');
  const isLate = lagSeconds === null || lagSeconds > lateSeconds;
  const isServed = ownership === null || ownership.unservedQueues.length === 0;
  return hasRedis && projections === 'answers' && isWell && !isLate && isServed ? 'ready' : 'degraded';
}

const reportsIn = (reports: Probed<readonly ProjectionReport[]>): readonly ProjectionReport[] =>
  reports.answer === 'answers' ? reports.value : [];

/** Without an answer of Postgres their metrics are missing, and `onsale_scrape_missing` says so. */
function noteProjections(metrics: Metrics, reports: Probed<readonly ProjectionReport[]>): void {
  metrics.projectionState.reset();
  metrics.parkedEvents.reset();
  metrics.scrapeMissing.labels('projections').set(reports.answer === 'answers' ? 0 : 1);
  for (const { name, state, parkedEvents } of reportsIn(reports)) {
    metrics.projectionState.labels(name, state).set(1);
    metrics.parkedEvents.labels(name).set(parkedEvents);
  }
}

/** A server that the configuration does without has no figure. */
function noteServers(
  metrics: Metrics,
  probed: readonly { readonly answer: ProbeAnswer | 'not used' }[],
): void {
  for (const [i, server] of ['event-store', 'postgres', 'redis'].entries()) {
    const answer = probed[i]?.answer;
    if (answer !== 'not used') metrics.serverAnswers.labels(server).set(answer === 'answers' ? 1 : 0);
  }
}

export const healthRoutes: readonly Route[] = [alive, ready, metrics];
