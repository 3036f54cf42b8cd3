import type { Concert, Purchase } from '../../domain/concert.js';
import type { Context } from '../http/context.js';
import { respondJson } from '../http/respond.js';
import { ProblemError, present } from '../problems/problem.js';
import { refusalProblem, unknownConcert, unknownPurchase } from '../problems/refusals.js';
import type { ApiServices } from '../services.js';
import { askReadModel, orUnavailable } from './ask.js';
import { answerFailure } from './failure.js';
import { waitForRevision } from './freshness.js';
import { concertIdIn, purchaseIdIn, queryIn } from './params.js';
import { freshQuery } from './schemas.js';
import { purchaseView, toJson } from './views.js';

/** From the read model; from the log where that does not know the purchase yet; else from the line it waits in. */
export async function showPurchase(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const purchaseId = purchaseIdIn(ctx);
  const { minRevision } = queryIn(ctx, freshQuery);
  await waitForRevision(ctx, services.queries, 'purchases', concertId, minRevision);
  const known = await askReadModel(services.queries.purchase(concertId, purchaseId));
  if (known !== null) {
    respondJson(ctx, 200, toJson(known));
    return;
  }
  const concert = await load(services, concertId);
  const inLog = await services.commands.find(concert, purchaseId);
  const purchase = inLog ?? (await inQueue(ctx, services, concert, purchaseId));
  if (purchase === null) return;
  if (purchase === undefined) throw new ProblemError(unknownPurchase);
  respondJson(ctx, 200, toJson(purchaseView(concertId, purchase)));
}

/**
 * Of a purchase that was not in the log: null when it is answered for, with its place in line or with what was kept of it;
 * else the purchase, if it has come into the log since. The log is asked after Redis: a sale supersedes whatever was kept.
 */
async function inQueue(
  ctx: Context,
  services: ApiServices,
  { concertId, purchaseMode }: Concert,
  purchaseId: string,
): Promise<Purchase | null | undefined> {
  const { commands, logger } = services;
  if ((purchaseMode ?? services.mode) !== 'queue') return undefined;
  const standing = await orUnavailable(commands.standing(concertId, purchaseId));
  if (standing?.kind === 'queued') {
    respondJson(ctx, 200, { purchaseId, concertId, status: 'queued', position: standing.position });
    return null;
  }
  const purchase = await commands.find(await load(services, concertId), purchaseId);
  if (purchase !== undefined || standing === null) return purchase;
  if (standing.kind === 'accepted' || standing.kind === 'replayed') return purchase;
  if (standing.kind === 'refused') {
    const problem = present(refusalProblem(standing.refusal), ctx.state.requestId);
    respondJson(ctx, 200, { purchaseId, concertId, status: 'refused', problem });
  } else {
    answerFailure(ctx, logger, standing);
  }
  return null;
}

async function load({ commands }: ApiServices, concertId: string): Promise<Concert> {
  const concert = await commands.load(concertId);
  if (concert.status === 'unknown') throw new ProblemError(unknownConcert);
  return concert;
}
