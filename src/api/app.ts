import Router from '@koa/router';
import Koa from 'koa';
import type { Context, RequestState } from './http/context.js';
import { requestMiddleware } from './http/request-middleware.js';
import { respondProblem } from './http/respond.js';
import { problem } from './problems/problem.js';
import { auditRoutes } from './routes/audit.js';
import { concertRoutes } from './routes/concerts.js';
import { customerRoutes } from './routes/customers.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { problemRoutes } from './routes/problems.js';
import { purchaseRoutes } from './routes/purchases.js';
import { stockRoutes } from './routes/stock.js';
import type { ApiServices } from './services.js';

/** Every route of the API, in routers that are asked one after the other: what a crowd asks for comes first. */
function apiRoutes(services: ApiServices): readonly Router<RequestState>[] {
  const crowded = new Router<RequestState>();
  purchaseRoutes(crowded, services);
  const router = new Router<RequestState>();
  stockRoutes(router, services);
  concertRoutes(router, services);
  eventRoutes(router, services);
  auditRoutes(router, services);
  customerRoutes(router, services);
  healthRoutes(router, services);
  problemRoutes(router);
  return [crowded, router];
}

/** The application: what is around every request, the routes, and an answer where there is no route. */
export function createApp(services: ApiServices): Koa<RequestState> {
  const app = new Koa<RequestState>();
  app.use(requestMiddleware(services));
  for (const router of apiRoutes(services)) app.use(router.routes());
  app.use(noRoute);
  // What reaches this is a connection that broke while it was being answered.
  app.on('error', (error: unknown) =>
    services.logger.debug({ err: error }, 'response not sent: connection closed'),
  );
  return app;
}

function noRoute(ctx: Context): void {
  const methods = [...new Set((ctx.matched ?? []).flatMap((layer) => layer.methods))];
  const allow = { Allow: methods.join(', ') };
  if (methods.length === 0) {
    const detail = 'No resource has this path. docs/api.md lists those there are.';
    respondProblem(ctx, problem('not-found', detail));
  } else if (ctx.method === 'OPTIONS') {
    ctx.set(allow);
    ctx.status = 204;
  } else {
    respondProblem(ctx, problem('method-not-allowed', `This path takes ${allow.Allow}.`, {}, allow));
  }
}
