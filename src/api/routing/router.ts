import { hash } from 'node:crypto';
import Router from '@koa/router';
import type { Context, RequestState } from '../http/context.js';
import { respond, respondProblem } from '../http/respond.js';
import type { Problem } from '../problems/problem.js';
import type { Api } from '../services.js';
import type { Replies, ReplyOf } from './reply.js';
import type { Route } from './route.js';

/** A router of these routes. The path of the route that a request meets is the label of its metrics. */
export function routerOf(routes: readonly Route[], api: Api): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx) => {
      ctx.state.route = route.path;
      answerWith(ctx, route, await route.answer(ctx, api));
    });
  }
  return router;
}

function answerWith(ctx: Context, { replies, revalidates }: Route, reply: ReplyOf<Replies> | Problem): void {
  if ('name' in reply) {
    respondProblem(ctx, reply);
    return;
  }
  respond(ctx, reply.status, replies[reply.status]?.mediaType ?? 'application/json', reply.body);
  if (revalidates) revalidate(ctx);
}

/** The answer is named by its bytes, and left out where the client names the same. Caches have to ask each time. */
function revalidate(ctx: Context): void {
  ctx.set('ETag', `"${hash('sha1', String(ctx.body), 'base64url')}"`);
  ctx.set('Cache-Control', 'no-cache');
  if (ctx.req.headers['if-none-match'] !== undefined && ctx.fresh) ctx.status = 304;
}
