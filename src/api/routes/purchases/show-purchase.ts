import type { Concert } from '../../../domain/concert.js';
import { mayActFor } from '../../access/principal.js';
import { failureProblem } from '../../problems/failure.js';
import { type Problem, ProblemError, present } from '../../problems/problem.js';
import { refusalProblem, unknownConcert, unknownPurchase } from '../../problems/refusals.js';
import { askReadModel, orUnavailable } from '../../reading/or-unavailable.js';
import { purchaseView, toJson } from '../../reading/views.js';
import { waitForRevision } from '../../reading/wait-for-revision.js';
import type { ReplyOf, ReplySpec } from '../../routing/reply.js';
import type { RouteRequest } from '../../routing/route.js';
import type { shownPurchase } from '../../schemas/replies.js';
import type { freshQuery } from '../../schemas/requests.js';
import type { Api } from '../../services.js';

type Shown = ReplyOf<{ 200: ReplySpec<typeof shownPurchase> }> | Problem;

type ShowRequest = Pick<
  RouteRequest<
    '/concerts/:concertId/purchases/:purchaseId',
    'waitSeconds',
    typeof freshQuery,
    typeof shownPurchase
  >,
  'params' | 'query' | 'headers' | 'requestId' | 'path' | 'setHeader' | 'principal'
>;

/** From the read model; from the log where that does not know the purchase yet; else from the line it waits in. */
export async function showPurchase(request: ShowRequest, api: Api): Promise<Shown> {
  const { concertId, purchaseId } = request.params;
  await waitForRevision(api.queries, 'purchases', concertId, request);
  const known = await askReadModel(api.queries.purchase(concertId, purchaseId));
  if (known !== null) {
    return mayActFor(request.principal, known.customerId)
      ? { status: 200, body: toJson(known) }
      : unknownPurchase;
  }
  const concert = await load(api, concertId);
  return (
    (await inLog(concert, purchaseId, request, api)) ?? (await inQueue(concert, purchaseId, request, api))
  );
}

async function inLog(
  concert: Concert,
  purchaseId: string,
  { principal }: ShowRequest,
  { commands }: Api,
): Promise<Shown | null> {
  const purchase = await commands.find(concert, purchaseId);
  if (purchase === undefined) return null;
  if (!mayActFor(principal, purchase.customerId)) return unknownPurchase;
  return { status: 200, body: toJson(purchaseView(concert.concertId, purchase)) };
}

/** A purchase that was not in the log. The log is read again after Redis: a sale supersedes what the queue kept. */
async function inQueue(
  { concertId, purchaseMode }: Concert,
  purchaseId: string,
  request: ShowRequest,
  api: Api,
): Promise<Shown> {
  if ((purchaseMode ?? api.mode) !== 'queue') return unknownPurchase;
  const standing = await orUnavailable(api.commands.standing(concertId, purchaseId));
  if (standing?.kind === 'queued') {
    const { position } = standing;
    return { status: 200, body: { purchaseId, concertId, status: 'queued', position } };
  }
  const sold = await inLog(await load(api, concertId), purchaseId, request, api);
  if (sold !== null) return sold;
  if (standing === null || standing.kind === 'accepted' || standing.kind === 'replayed')
    return unknownPurchase;
  if (standing.kind !== 'refused') return failureProblem(standing, api.logger, request);
  const problem = present(refusalProblem(standing.refusal), request.requestId);
  return { status: 200, body: { purchaseId, concertId, status: 'refused', problem } };
}

async function load({ commands }: Api, concertId: string): Promise<Concert> {
  const concert = await commands.load(concertId);
  if (concert.status === 'unknown') throw new ProblemError(unknownConcert);
  return concert;
}
