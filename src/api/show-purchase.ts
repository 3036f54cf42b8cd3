import type { Concert } from '../domain/concert.js';
import { answerJson } from './answer.js';
import { ask } from './ask.js';
import type { Context } from './context.js';
import { answerFailure } from './failure.js';
import { untilVisible } from './freshness.js';
import { concertIdIn, purchaseIdIn, queryIn } from './params.js';
import { ProblemError, present } from './problem.js';
import { refusalProblem, unknownConcert, unknownPurchase } from './refusals.js';
import { freshQuery } from './schemas.js';
import type { ApiServices } from './services.js';
import { purchaseView, toJson } from './views.js';

/** From the read model; from the log where that does not know the purchase yet; else from the line it waits in. */
export async function showPurchase(ctx: Context, services: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const purchaseId = purchaseIdIn(ctx);
  const { minRevision } = queryIn(ctx, freshQuery);
  await untilVisible(ctx, services.queries, 'purchases', concertId, minRevision);
  const known = await ask(services.queries.purchase(concertId, purchaseId));
  if (known !== null) {
    answerJson(ctx, 200, toJson(known));
    return;
  }
  const concert = await load(services, concertId);
  const isInLog = concert.purchases.has(purchaseId);
  const mayWait = (concert.purchaseMode ?? services.mode) === 'queue';
  if (!isInLog && mayWait && (await showStanding(ctx, services, concertId, purchaseId))) return;
  // A purchase may have left the line for the log since it was looked for there.
  const now = isInLog || !mayWait ? concert : await load(services, concertId);
  const purchase = now.purchases.get(purchaseId);
  if (purchase === undefined) throw new ProblemError(unknownPurchase);
  answerJson(ctx, 200, toJson(purchaseView(concertId, purchase)));
}

async function load({ commands }: ApiServices, concertId: string): Promise<Concert> {
  const concert = await commands.load(concertId);
  if (concert.status === 'unknown') throw new ProblemError(unknownConcert);
  return concert;
}

/** Answers for a purchase that is in line, or left it without a ticket; false for any other. */
async function showStanding(
  ctx: Context,
  { commands, logger }: ApiServices,
  concertId: string,
  purchaseId: string,
): Promise<boolean> {
  const standing = await ask(commands.standing(concertId, purchaseId));
  if (standing === null || standing.kind === 'accepted') return false;
  if (standing.kind === 'queued') {
    answerJson(ctx, 200, { purchaseId, concertId, status: 'queued', position: standing.position });
  } else if (standing.kind === 'refused') {
    const problem = present(refusalProblem(standing.refusal), ctx.state.requestId);
    answerJson(ctx, 200, { purchaseId, concertId, status: 'refused', problem });
  } else {
    answerFailure(ctx, logger, standing);
  }
  return true;
}
