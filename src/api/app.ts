import Koa from 'koa';
import { Limiter } from '../waiting/turns.js';
import type { Context, RequestState } from './http/context.js';
import { allowOrigins } from './http/cors.js';
import { requestMiddleware } from './http/request-middleware.js';
import { respondProblem } from './http/respond.js';
import { securityHeaders } from './http/security-headers.js';
import { type OpenApiDocument, openApiDocument } from './openapi/document.js';
import { type DocumentPage, documentPage } from './openapi/page.js';
import { pageOnce } from './page/page.js';
import { problem } from './problems/problem.js';
import { Probe } from './reading/probe.js';
import { routeGroups } from './routes/index.js';
import type { Route } from './routing/route.js';
import { routerOf } from './routing/router.js';
import type { Api, ApiServices } from './services.js';

export interface AppOptions {
  /** The origins whose pages may read answers; none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Whether the service itself speaks TLS. */
  readonly isTls?: boolean;
  /** The route table. */
  readonly groups?: typeof routeGroups;
}

/** Read and compressed once for all applications of this process. */
const page = pageOnce();

/** The application: what is around every request, the routes of the table, and an answer where there is no route. */
export function createApp(
  services: ApiServices,
  { corsOrigins = [], isTls = false, groups = routeGroups }: AppOptions = {},
): Koa<RequestState> {
  const app = new Koa<RequestState>();
  const api = apiOf(services, groups.flat());
  app.use(securityHeaders({ isTls }));
  app.use(requestMiddleware(services));
  if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins));
  app.use((ctx: Context, next) => {
    services.limits.refuseKnown(ctx);
    return next();
  });
  for (const group of groups) app.use(routerOf(group, api).routes());
  app.use(async (ctx: Context) => {
    await services.limits.count(ctx, null);
    noRoute(ctx);
  });
  // What reaches this is a connection that broke while it was being answered.
  app.on('error', (error: unknown) =>
    services.logger.debug({ err: error }, 'response not sent: connection closed'),
  );
  return app;
}

function apiOf(services: ApiServices, routes: readonly Route[]): Api {
  const { log, queries, probes } = services;
  return {
    ...services,
    audits: new Limiter({ atOnce: 1, waiting: 0, waitMs: 0 }),
    health: {
      eventStore: new Probe(() => log.ping()),
      readModel: new Probe(() => queries.ping()),
      redis: probes.redis === null ? null : new Probe(probes.redis),
      projections: new Probe(() => probes.projections()),
      lag: new Probe(() => probes.lagSeconds()),
    },
    reference: referenceOf(routes),
    page,
    operationsWith: (name) =>
      routes.filter(({ problems }) => problems.includes(name)).map(({ method, path }) => `${method} ${path}`),
  };
}

function referenceOf(routes: readonly Route[]): Api['reference'] {
  let document: OpenApiDocument | null = null;
  let page: DocumentPage | null = null;
  const made = () => {
    document ??= openApiDocument(routes);
    return document;
  };
  return {
    document: made,
    page: () => {
      page ??= documentPage(made());
      return page;
    },
  };
}

function noRoute(ctx: Context): void {
  const methods = [...new Set((ctx.matched ?? []).flatMap((layer) => layer.methods))];
  const allow = { Allow: methods.join(', ') };
  if (methods.length === 0) {
    const detail = 'No resource has this path. GET /docs shows those there are.';
    respondProblem(ctx, problem('not-found', detail));
  } else if (ctx.method === 'OPTIONS') {
    ctx.set(allow);
    ctx.status = 204;
  } else {
    respondProblem(ctx, problem('method-not-allowed', `This path takes ${allow.Allow}.`, {}, allow));
  }
}
