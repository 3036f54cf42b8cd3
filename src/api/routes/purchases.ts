import type Router from '@koa/router';
import type { PurchaseOutcome } from '../../commands/outcome.js';
import type { Purchase } from '../../domain/concert.js';
import { readJson, readOptionalJson } from '../http/body.js';
import type { Context, RequestState } from '../http/context.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { waitSeconds } from '../http/prefer.js';
import { respondJson } from '../http/respond.js';
import type { ApiServices } from '../services.js';
import { answerFailure } from './failure.js';
import { concertIdIn, purchaseIdIn } from './params.js';
import { emptyBody, purchaseBody } from './schemas.js';
import { showPurchase } from './show-purchase.js';
import { ticketView } from './views.js';

const PURCHASES = '/concerts/:concertId/purchases';

export function purchaseRoutes(router: Router<RequestState>, services: ApiServices): void {
  router.post(PURCHASES, (ctx) => buy(ctx, services));
  router.get(`${PURCHASES}/:purchaseId`, (ctx) => showPurchase(ctx, services));
  router.post(`${PURCHASES}/:purchaseId/cancellation`, (ctx) => cancel(ctx, services));
}

async function buy(ctx: Context, { commands, metrics, mode, logger }: ApiServices): Promise<void> {
  const arrivedAt = new Date().toISOString();
  const concertId = concertIdIn(ctx);
  const key = idempotencyKey(ctx);
  const seconds = waitSeconds(ctx.req.headers.prefer);
  const { customerId, quantity } = await readJson(ctx, purchaseBody);
  const outcome = await commands.purchase({
    concertId,
    customerId,
    quantity,
    idempotencyKey: key,
    arrivedAt,
    ...(seconds === undefined ? {} : { waitMs: seconds * 1000 }),
  });
  metrics.purchases.labels(mode, labelOf(outcome)).inc();
  const isLine = mode === 'queue' || outcome.kind === 'queued';
  if (seconds !== undefined && isLine) ctx.set('Preference-Applied', `wait=${seconds}`);
  switch (outcome.kind) {
    case 'accepted':
      answerSold(ctx, concertId, outcome.purchase);
      break;
    case 'replayed':
      ctx.set('Idempotent-Replayed', 'true');
      answerSold(ctx, concertId, outcome.purchase);
      break;
    case 'queued': {
      const { purchaseId, position } = outcome;
      ctx.set('Location', pathOf(concertId, purchaseId));
      respondJson(ctx, 202, { purchaseId, concertId, customerId, status: 'queued', position });
      break;
    }
    default:
      answerFailure(ctx, logger, outcome);
  }
}

function answerSold(ctx: Context, concertId: string, purchase: Purchase): void {
  ctx.set('Location', pathOf(concertId, purchase.purchaseId));
  respondJson(ctx, 201, receipt(concertId, purchase));
}

/** What a purchase bought. The same for every repeat, whatever became of the purchase since. */
const receipt = (concertId: string, purchase: Purchase) => ({
  purchaseId: purchase.purchaseId,
  concertId,
  customerId: purchase.customerId,
  tickets: purchase.tickets.map(ticketView),
  revision: String(purchase.revision),
});

async function cancel(ctx: Context, { commands, logger }: ApiServices): Promise<void> {
  const concertId = concertIdIn(ctx);
  const purchaseId = purchaseIdIn(ctx);
  await readOptionalJson(ctx, emptyBody);
  const outcome = await commands.cancelPurchase(concertId, purchaseId);
  if (outcome.kind !== 'cancelled') {
    answerFailure(ctx, logger, outcome);
    return;
  }
  const { customerId, tickets } = outcome.purchase;
  respondJson(ctx, 200, {
    purchaseId,
    concertId,
    customerId,
    status: 'cancelled',
    releasedTickets: tickets.map(ticketView),
    revision: String(outcome.revision),
  });
}

const pathOf = (concertId: string, purchaseId: string) => `/concerts/${concertId}/purchases/${purchaseId}`;

const labelOf = (outcome: PurchaseOutcome): string =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind;
