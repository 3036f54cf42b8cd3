import type { Stock } from '../../../redis/stock-cache.js';
import { findConcert } from '../../reading/find-concert.js';
import { waitForRevision } from '../../reading/wait-for-revision.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as replies from '../../schemas/replies.js';
import { freshQuery } from '../../schemas/requests.js';
import type { Api, ApiServices } from '../../services.js';

/** Redis first; where it has nothing, something too old or no answer, the read model. */
const show = route(
  'GET',
  '/concerts/:concertId/stock',
  {
    id: 'showStock',
    tag: 'Concerts',
    summary: 'Show what remains',
    description: 'From the cache in Redis; from the read model or the log where the cache has nothing.',
    headers: ['waitSeconds'],
    query: freshQuery,
    revalidates: true,
    replies: {
      200: json('The stock.', replies.stock, { remaining: 1, held: 0, revision: '3', source: 'cache' }),
    },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId } = request.params;
    const cached = await fromCache(api, concertId);
    if (cached !== null && cached.revision >= (request.query.minRevision ?? 0n)) {
      return { status: 200, body: stockFrom('cache', cached, api) };
    }
    await waitForRevision(api.queries, 'concerts', concertId, request);
    const { view, source } = await findConcert(api, concertId);
    return { status: 200, body: stockFrom(source, view, api) };
  },
);

async function fromCache({ stock, logger }: ApiServices, concertId: string): Promise<Stock | null> {
  try {
    return (await stock?.get(concertId)) ?? null;
  } catch (error) {
    logger.debug({ concertId, err: error }, 'the stock cache gave no answer');
    return null;
  }
}

function stockFrom(
  source: 'cache' | 'read-model' | 'log',
  { remaining, held, revision }: Stock,
  { metrics }: Api,
) {
  metrics.stockReads.labels(source).inc();
  return { remaining, held, revision: String(revision), source };
}

export const stockRoutes: readonly Route[] = [show];
