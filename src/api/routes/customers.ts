import type Router from '@koa/router';
import { answerJson } from '../http/respond.js';
import { askReadModel } from './ask.js';
import type { RequestState } from '../http/context.js';
import { customerIdIn, queryIn } from './params.js';
import { pageQuery } from './schemas.js';
import type { ApiServices } from '../services.js';
import { pageToJson } from './views.js';

export function customerRoutes(router: Router<RequestState>, { queries }: ApiServices): void {
  router.get('/customers/:customerId/purchases', async (ctx) => {
    const found = await askReadModel(queries.purchasesOf(customerIdIn(ctx), queryIn(ctx, pageQuery)));
    answerJson(ctx, 200, pageToJson(found));
  });
}
