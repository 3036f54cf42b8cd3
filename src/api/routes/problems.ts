import type Router from '@koa/router';
import type { RequestState } from '../http/context.js';
import { respondJson } from '../http/respond.js';
import { catalogue, ProblemError, type ProblemName, problem, typeOf } from '../problems/problem.js';

/** The pages that the `type` of a problem points to. */
export function problemRoutes(router: Router<RequestState>): void {
  router.get('/problems', (ctx) => respondJson(ctx, 200, { items: names.map(describe) }));

  router.get('/problems/:name', (ctx) => {
    const name = names.find((known) => known === ctx.params.name);
    if (name === undefined) throw new ProblemError(problem('not-found', 'No problem has this name.'));
    respondJson(ctx, 200, describe(name));
  });
}

const names = Object.keys(catalogue) as ProblemName[];

const describe = (name: ProblemName) => ({ type: typeOf(name), ...catalogue[name] });
