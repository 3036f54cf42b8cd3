import { catalogue, ProblemError, type ProblemName, problem, typeOf } from '../../problems/problem.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import { anyQuery } from '../../schemas/requests.js';
import * as replies from '../../schemas/service-replies.js';
import type { Api } from '../../services.js';

const tag = 'Problems';

const names = Object.keys(catalogue) as ProblemName[];

const describe = (name: ProblemName, { operationsWith }: Api) => ({
  type: typeOf(name),
  ...catalogue[name],
  operations: operationsWith(name),
});

const example = {
  type: '/problems/sold-out' as const,
  status: 409,
  title: 'Sold out',
  operations: ['POST /concerts/:concertId/purchases'],
};

const list = route(
  'GET',
  '/problems',
  {
    id: 'listProblemTypes',
    tag,
    summary: 'List the types of problems',
    query: anyQuery,
    revalidates: true,
    replies: { 200: json('All of them.', replies.problemTypes, { items: [example] }) },
  },
  (_, api) => ({ status: 200, body: { items: names.map((name) => describe(name, api)) } }),
);

const show = route(
  'GET',
  '/problems/:problem',
  {
    id: 'showProblemType',
    tag,
    summary: 'Show a type of problems',
    description: 'What the `type` of a problem points to.',
    query: anyQuery,
    revalidates: true,
    replies: { 200: json('The type.', replies.problemType, example) },
  },
  ({ params }, api) => {
    const name = names.find((known) => known === params.problem);
    if (name === undefined) throw new ProblemError(problem('not-found', 'No problem has this name.'));
    return { status: 200, body: describe(name, api) };
  },
);

export const problemRoutes: readonly Route[] = [list, show];
