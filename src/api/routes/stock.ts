import type Router from '@koa/router';
import type { Stock } from '../../redis/stock-cache.js';
import type { Context, RequestState } from '../http/context.js';
import { respondJson } from '../http/respond.js';
import type { ApiServices } from '../services.js';
import { findConcert } from './find-concert.js';
import { waitForRevision } from './freshness.js';
import { concertIdIn, queryIn } from './params.js';
import { freshQuery } from './schemas.js';

export function stockRoutes(router: Router<RequestState>, services: ApiServices): void {
  router.get('/concerts/:concertId/stock', (ctx) => show(ctx, services));
}

/** Redis first; where it has nothing, something too old or no answer, the read model. */
async function show(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const { minRevision } = queryIn(ctx, freshQuery);
  const cached = await fromCache(services, concertId);
  if (cached !== null && cached.revision >= (minRevision ?? 0n)) {
    answerStock(ctx, services, cached, 'cache');
    return;
  }
  await waitForRevision(ctx, services.queries, 'concerts', concertId, minRevision);
  const { view, source } = await findConcert(services, concertId);
  answerStock(ctx, services, view, source);
}

async function fromCache({ stock, logger }: ApiServices, concertId: string): Promise<Stock | null> {
  try {
    return (await stock?.get(concertId)) ?? null;
  } catch (error) {
    logger.debug({ concertId, err: error }, 'the stock cache gave no answer');
    return null;
  }
}

function answerStock(
  ctx: Context,
  { metrics }: ApiServices,
  { remaining, revision }: Stock,
  source: 'cache' | 'read-model' | 'log',
): void {
  metrics.stockReads.labels(source).inc();
  respondJson(ctx, 200, { remaining, revision: String(revision), source });
}
