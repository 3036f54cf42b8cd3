import type Router from '@koa/router';
import type { RequestState } from '../http/context.js';
import { respondJson } from '../http/respond.js';
import type { ApiServices, ProjectionReport } from '../services.js';
import type { Metrics } from '../telemetry/metrics.js';
import { Probe, type ProbeAnswer, type Probed } from './probe.js';

/** Every probe is answered within 2 s, with what is known by then and what is not. */
export function healthRoutes(router: Router<RequestState>, services: ApiServices): void {
  const { log, queries, probes, metrics } = services;
  const eventStore = new Probe(() => log.ping());
  const readModel = new Probe(() => queries.ping());
  const redis = probes.redis === null ? null : new Probe(probes.redis);
  const projections = new Probe(() => probes.projections());
  const lag = new Probe(() => probes.lagSeconds());

  router.get('/healthz', (ctx) => respondJson(ctx, 200, { status: 'alive' }));

  router.get('/readyz', async (ctx) => {
    const [log, reads, cache, reports, late] = await Promise.all([
      eventStore.result(),
      readModel.result(),
      redis?.result() ?? notUsed,
      projections.result(),
      lag.result(),
    ]);
    const checks = {
      eventStore: log.answer,
      readModel: reads.answer,
      redis: cache.answer,
      projections: reports.answer,
    };
    const lagSeconds = late.answer === 'answers' ? late.value : null;
    const status = statusOf(checks, reportsIn(reports), lagSeconds);
    respondJson(ctx, status === 'unavailable' ? 503 : 200, {
      status,
      checks,
      projections: reportsIn(reports),
      lagSeconds,
    });
  });

  router.get('/metrics', async (ctx) => {
    const [counted, reports] = await Promise.all([services.metricsText(), projections.result()]);
    noteProjections(metrics, reports);
    ctx.set('Content-Type', metrics.registry.contentType);
    ctx.body = `${counted}\n${await metrics.atScrape.metrics()}`;
  });
}

/** Of a server that the configuration does without: nobody asked it, and nothing is missing. */
const notUsed = { answer: 'not used' } as const;

type Checks = Readonly<Record<'eventStore' | 'readModel' | 'projections', ProbeAnswer>> & {
  readonly redis: ProbeAnswer | 'not used';
};

/** Older than this, an event that the read models lack is late, in seconds. */
const lateSeconds = 10;

/**
 * Without log or read model there is no service. Without the rest there is, slower or behind: `degraded`, but ready. So it is
 * while read models are not what the log says, or nobody can tell: sales do not depend on them.
 */
function statusOf(
  { eventStore, readModel, redis, projections }: Checks,
  reports: readonly ProjectionReport[],
  lagSeconds: number | null,
) {
  if (eventStore !== 'answers' || readModel !== 'answers') return 'unavailable';
  const hasRedis = redis === 'answers' || redis === 'not used';
  const isWell = reports.every(({ state }) => state !== 'error' && state !== 'stalled');
  const isLate = lagSeconds === null || lagSeconds > lateSeconds;
  return hasRedis && projections === 'answers' && isWell && !isLate ? 'ready' : 'degraded';
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
