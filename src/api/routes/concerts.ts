import type Router from '@koa/router';
import type { ManageOutcome } from '../../commands/outcome.js';
import { concertIdOf } from '../../domain/ids.js';
import type { ProjectionName } from '../../projections/models/projection.js';
import type { Page, PageRequest } from '../../projections/queries/cursor.js';
import type { SecondView, TicketView } from '../../projections/queries/views.js';
import type { Moment } from '../../replay/time-travel/moment.js';
import { stateAt } from '../../replay/time-travel/state-at.js';
import { readJson } from '../http/body.js';
import type { Context, RequestState } from '../http/context.js';
import { hangUpSignal } from '../http/hang-up.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { respondJson } from '../http/respond.js';
import { ProblemError } from '../problems/problem.js';
import { unknownThen } from '../problems/refusals.js';
import type { ApiServices } from '../services.js';
import { askReadModel, orUnavailable } from './ask.js';
import { answerFailure } from './failure.js';
import { concertInLog, findConcert } from './find-concert.js';
import { waitForRevision } from './freshness.js';
import { concertIdIn, queryIn } from './params.js';
import { changeBody, freshPageQuery, pageQuery, scheduleBody, showQuery } from './schemas.js';
import { concertView, pageToJson, toJson } from './views.js';

export function concertRoutes(router: Router<RequestState>, services: ApiServices): void {
  router.post('/concerts', (ctx) => schedule(ctx, services));
  router.get('/concerts', (ctx) => list(ctx, services));
  router.get('/concerts/:concertId', (ctx) => show(ctx, services));
  router.patch('/concerts/:concertId', (ctx) => change(ctx, services));
  router.get('/concerts/:concertId/tickets', (ctx) => tickets(ctx, services));
  router.get('/concerts/:concertId/sales', (ctx) => sales(ctx, services));
}

/** The Idempotency-Key names the concert, so that scheduling it twice makes one. */
async function schedule(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdOf(idempotencyKey(ctx));
  const terms = await readJson(ctx, scheduleBody);
  const outcome = await services.commands.schedule({ concertId, ...terms });
  ctx.set('Location', `/concerts/${concertId}`);
  await answerManaged(ctx, services, 201, concertId, outcome);
}

async function change(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const outcome = await services.commands.change(concertId, await readJson(ctx, changeBody));
  await answerManaged(ctx, services, 200, concertId, outcome);
}

/** Done is answered with the whole concert, as the log has it now. */
async function answerManaged(
  ctx: Context,
  services: ApiServices,
  status: number,
  concertId: string,
  outcome: ManageOutcome,
): Promise<void> {
  if (outcome.kind === 'done') respondJson(ctx, status, toJson(await concertInLog(services, concertId)));
  else answerFailure(ctx, services.logger, outcome);
}

async function list(ctx: Context, { queries }: ApiServices): Promise<void> {
  respondJson(ctx, 200, pageToJson(await askReadModel(queries.listConcerts(queryIn(ctx, pageQuery)))));
}

async function show(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const { minRevision, at } = queryIn(ctx, showQuery);
  if (at !== undefined) return showAt(ctx, services, concertId, at);
  await waitForRevision(ctx, services.queries, 'concerts', concertId, minRevision);
  respondJson(ctx, 200, toJson((await findConcert(services, concertId)).view));
}

/** As it was, from the log. */
async function showAt(ctx: Context, services: ApiServices, concertId: string, moment: Moment): Promise<void> {
  const signal = hangUpSignal(ctx);
  const read = () => stateAt(services.log, concertId, moment, signal);
  const { concert, recordedAt } = await orUnavailable(services.wholeLogReads.take(read, signal));
  const view = concertView(concert);
  if (view === null) throw new ProblemError(unknownThen);
  respondJson(ctx, 200, { ...toJson(view), recordedAt: recordedAt?.toISOString() ?? null });
}

async function tickets(ctx: Context, services: ApiServices): Promise<void> {
  const find: Find<TicketView> = (concertId, page) => services.queries.tickets(concertId, page);
  respondJson(ctx, 200, pageToJson(await freshPage(ctx, services, 'tickets', find)));
}

/** Tickets sold and released in each second in which there were any. */
async function sales(ctx: Context, services: ApiServices): Promise<void> {
  const find: Find<SecondView> = (concertId, page) => services.queries.salesPerSecond(concertId, page);
  respondJson(ctx, 200, await freshPage(ctx, services, 'sales-per-second', find));
}

type Find<Item> = (concertId: string, page: PageRequest) => Promise<Page<Item>>;

/** A page of what a read model has of the concert, as new as was asked for. */
async function freshPage<Item>(
  ctx: Context,
  services: ApiServices,
  model: ProjectionName,
  find: Find<Item>,
): Promise<Page<Item>> {
  const concertId = concertIdIn(ctx);
  const { minRevision, ...page } = queryIn(ctx, freshPageQuery);
  await waitForRevision(ctx, services.queries, model, concertId, minRevision);
  const found = await askReadModel(find(concertId, page));
  // An empty page says that nothing is sold, which is only true of a concert that exists.
  if (found.items.length === 0) await findConcert(services, concertId);
  return found;
}
