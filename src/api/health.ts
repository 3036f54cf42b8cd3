import type Router from '@koa/router';
import { answerJson } from './answer.js';
import type { RequestState } from './context.js';
import type { ApiServices } from './services.js';

const patienceMs = 2_000;

export function healthRoutes(router: Router<RequestState>, services: ApiServices): void {
  router.get('/healthz', (ctx) => answerJson(ctx, 200, { status: 'alive' }));

  router.get('/readyz', async (ctx) => {
    const readiness = await readinessOf(services);
    answerJson(ctx, readiness.status === 'unavailable' ? 503 : 200, readiness);
  });

  router.get('/metrics', async (ctx) => {
    const { registry } = services.metrics;
    await noteProjections(services);
    ctx.set('Content-Type', registry.contentType);
    ctx.body = await services.metricsText();
  });
}

/** Their states are asked of Postgres at every scrape; while it is away the metrics of projections are missing. */
async function noteProjections({ metrics, probes, logger }: ApiServices): Promise<void> {
  metrics.projectionState.reset();
  metrics.parkedEvents.reset();
  try {
    for (const { name, state, parkedEvents } of await probes.projections()) {
      metrics.projectionState.labels(name, state).set(1);
      metrics.parkedEvents.labels(name).set(parkedEvents);
    }
  } catch (error) {
    logger.debug({ err: error }, 'the states of the projections could not be had');
  }
}

/** Without log or read model there is no service. Without Redis there is, slower: `degraded`, but ready. */
async function readinessOf({ log, queries, probes }: ApiServices) {
  const [eventStore, readModel, redis] = await Promise.all([
    answers(() => log.ping()),
    answers(() => queries.ping()),
    answers(() => probes.redis()),
  ]);
  const checks = { eventStore, readModel, redis };
  const projections = readModel === 'answers' ? await probes.projections() : [];
  if (eventStore === 'silent' || readModel === 'silent')
    return { status: 'unavailable', checks, projections };
  return { status: redis === 'silent' ? 'degraded' : 'ready', checks, projections };
}

type Answer = 'answers' | 'silent';

async function answers(probe: () => Promise<unknown>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve('silent'), patienceMs);
  });
  const answer = probe().then<Answer, Answer>(
    () => 'answers',
    () => 'silent',
  );
  try {
    return await Promise.race([answer, patience]);
  } finally {
    clearTimeout(timer);
  }
}
