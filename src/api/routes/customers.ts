import type Router from '@koa/router';
import type { RequestState } from '../http/context.js';
import { respondJson } from '../http/respond.js';
import type { ApiServices } from '../services.js';
import { askReadModel } from './ask.js';
import { customerIdIn, queryIn } from './params.js';
import { pageQuery } from './schemas.js';
import { pageToJson } from './views.js';

export function customerRoutes(router: Router<RequestState>, { queries }: ApiServices): void {
  router.get('/customers/:customerId/purchases', async (ctx) => {
    const found = await askReadModel(queries.purchasesOf(customerIdIn(ctx), queryIn(ctx, pageQuery)));
    respondJson(ctx, 200, pageToJson(found));
  });
}
