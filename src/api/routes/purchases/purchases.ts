import type { PurchaseOutcome } from '../../../commands/outcome.js';
import type { Purchase } from '../../../domain/concert.js';
import { purchaseIdOf } from '../../../domain/ids.js';
import { customer } from '../../access/guards.js';
import { mayActFor, type Principal, scopedKey } from '../../access/principal.js';
import { failureProblem } from '../../problems/failure.js';
import { forbidden, ticketRefusals, unknownPurchase } from '../../problems/refusals.js';
import { ticketView } from '../../reading/views.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import * as replies from '../../schemas/replies.js';
import { emptyBody, freshQuery, keyQuery, purchaseBody } from '../../schemas/requests.js';
import type { Api } from '../../services.js';
import { showPurchase } from './show-purchase.js';

const tag = 'Purchases';

const buy = route(
  'POST',
  '/concerts/:concertId/purchases',
  {
    id: 'buyTickets',
    guard: customer,
    countsAsPurchase: true,
    tag,
    summary: 'Buy tickets',
    description:
      'All or nothing. A repeat with the same key is answered as the first time, with `Idempotent-Replayed: true`. In mode `queue` the answer may be 202 and a place in line, to be polled at `Location`; `Prefer: wait` says how long the request itself may wait for the outcome.',
    headers: ['idempotencyKey', 'waitSeconds'],
    body: { schema: purchaseBody, example: { customerId: 'ada', quantity: 2 } },
    replies: {
      201: json('Bought. The sale is in the log.', replies.receipt, examples.bought, [
        'Location',
        'Idempotency-Key',
        'Idempotent-Replayed',
        'Preference-Applied',
      ]),
      202: json('In line; nothing is sold yet.', replies.place, examples.place, [
        'Location',
        'Idempotency-Key',
        'Preference-Applied',
      ]),
    },
    problems: ticketRefusals,
  },
  async (request, { commands, metrics, mode, logger }) => {
    const { concertId } = request.params;
    const { customerId, quantity } = request.body;
    const { waitSeconds } = request.headers;
    const { principal } = request;
    if (!mayActFor(principal, customerId)) return forbidden;
    const outcome = await commands.purchase({
      concertId,
      customerId,
      quantity,
      idempotencyKey: scopedKey(principal, request.headers.idempotencyKey),
      arrivedAt: request.arrivedAt.toISOString(),
      ...(waitSeconds === undefined ? {} : { waitMs: waitSeconds * 1000 }),
      ...(request.trace === undefined ? {} : { trace: request.trace }),
    });
    metrics.purchases.labels(mode, labelOf(outcome)).inc();
    const isLine = mode === 'queue' || outcome.kind === 'queued';
    if (waitSeconds !== undefined && isLine) request.setHeader('Preference-Applied', `wait=${waitSeconds}`);
    switch (outcome.kind) {
      case 'accepted':
      case 'replayed': {
        const { kind, purchase } = outcome;
        if (kind === 'replayed') request.setHeader('Idempotent-Replayed', 'true');
        request.setHeader('Location', pathOf(concertId, purchase.purchaseId));
        return { status: 201, body: receipt(concertId, purchase) };
      }
      case 'queued': {
        const { purchaseId, position } = outcome;
        request.setHeader('Location', pathOf(concertId, purchaseId));
        const status = 'queued' as const;
        return { status: 202, body: { purchaseId, concertId, customerId, status, position } };
      }
      default:
        return failureProblem(outcome, logger, request);
    }
  },
);

/** What a purchase bought. The same for every repeat, whatever became of the purchase since. */
const receipt = (concertId: string, purchase: Purchase) => ({
  purchaseId: purchase.purchaseId,
  concertId,
  customerId: purchase.customerId,
  tickets: purchase.tickets.map(ticketView),
  revision: String(purchase.revision),
});

const cancel = route(
  'POST',
  '/concerts/:concertId/purchases/:purchaseId/cancellation',
  {
    id: 'cancelPurchase',
    guard: customer,
    tag,
    summary: 'Cancel a purchase',
    description:
      'Its tickets and VIP seats go back on sale. Cancelling twice is cancelling once. The body may be left out.',
    body: { schema: emptyBody, example: {} },
    replies: { 200: json('Cancelled.', replies.cancelledPurchase, examples.cancelled) },
    problems: ['concert-cancelled', 'busy', 'unavailable'],
  },
  async (request, { commands, logger }) => {
    const { concertId, purchaseId } = request.params;
    if (!(await mayCancel(request.principal, concertId, purchaseId, commands))) return unknownPurchase;
    const outcome = await commands.cancelPurchase(concertId, purchaseId);
    if (outcome.kind !== 'cancelled') return failureProblem(outcome, logger, request);
    const { customerId, tickets } = outcome.purchase;
    return {
      status: 200,
      body: {
        purchaseId,
        concertId,
        customerId,
        status: 'cancelled' as const,
        releasedTickets: tickets.map(ticketView),
        revision: String(outcome.revision),
      },
    };
  },
);

/** A customer's own purchases alone: a purchase is its customer's for good, so the answer holds until the cancellation. */
async function mayCancel(
  principal: Principal | null,
  concertId: string,
  purchaseId: string,
  commands: Api['commands'],
): Promise<boolean> {
  if (principal === null || principal.isOperator) return true;
  const purchase = await commands.find(await commands.load(concertId), purchaseId);
  return purchase !== undefined && mayActFor(principal, purchase.customerId);
}

const pathOf = (concertId: string, purchaseId: string) => `/concerts/${concertId}/purchases/${purchaseId}`;

const labelOf = (outcome: PurchaseOutcome): string =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind;

const show = route(
  'GET',
  '/concerts/:concertId/purchases/:purchaseId',
  {
    id: 'showPurchase',
    guard: customer,
    tag,
    summary: 'Show a purchase',
    description:
      'From the read model; from the log where that does not know the purchase yet. In mode `queue` also from the line: `queued` with the position, or `refused` with the problem, which is kept for ten minutes. 503 `unavailable` where the place in line was lost: nothing was sold then, send the purchase again with its key.',
    headers: ['waitSeconds'],
    query: freshQuery,
    revalidates: true,
    replies: { 200: json('The purchase.', replies.shownPurchase, examples.shown) },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  showPurchase,
);

const find = route(
  'GET',
  '/concerts/:concertId/purchases',
  {
    id: 'findPurchase',
    guard: customer,
    tag,
    summary: 'Find a purchase by its key',
    description:
      'What became of the command with this `Idempotency-Key`, for a client that got no answer. Asking buys nothing. Answers are those of `GET /concerts/{concertId}/purchases/{purchaseId}`.',
    headers: ['waitSeconds'],
    query: keyQuery,
    revalidates: true,
    replies: { 200: json('The purchase.', replies.shownPurchase, examples.shown) },
    problems: ['unknown-purchase', 'not-yet-visible', 'busy', 'unavailable'],
  },
  (request, api) => {
    const { concertId } = request.params;
    const { idempotencyKey, ...query } = request.query;
    const purchaseId = purchaseIdOf(concertId, scopedKey(request.principal, idempotencyKey));
    const { headers, requestId, path, principal } = request;
    const setHeader = (name: string, value: string) => request.setHeader(name, value);
    const asked = {
      params: { concertId, purchaseId },
      query,
      headers,
      requestId,
      path,
      principal,
      setHeader,
    };
    return showPurchase(asked, api);
  },
);

export const purchaseRoutes: readonly Route[] = [buy, find, show, cancel];
