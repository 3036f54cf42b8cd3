import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { catalogue, ProblemError, type ProblemName, problem } from '../../src/api/problems/problem.js';
import { routes } from '../../src/api/routes/index.js';
import type { Guard } from '../../src/api/routing/guard.js';
import { json } from '../../src/api/routing/reply.js';
import { everyRequest, type Route, route } from '../../src/api/routing/route.js';
import { takeWrongAnswers } from '../support/check-every-answer.js';
import { CONCERT, send, startApi } from './support.js';

const pathFor = (path: string) => path.replaceAll(/:\w*Id/g, CONCERT).replace(':problem', 'sold-out');

describe('every route', () => {
  test.each(routes.map(({ path }) => path))('%s refuses a method that it does not take', async (path) => {
    const api = startApi();
    const taken = routes.filter((route) => route.path === path).map(({ method }) => method);
    for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const) {
      if (taken.some((one) => one === method)) continue;
      const answer = await send(api, pathFor(path), { method });
      expect(answer).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
      const allowed = String(answer.headers.allow).split(', ');
      expect(allowed.filter((one) => one !== 'HEAD').sort()).toEqual([...new Set(taken)].sort());
    }
  });

  test.each(routes.map(({ path }) => path))('%s is not what lies below it', async (path) => {
    const api = startApi();
    expect(await send(api, `${pathFor(path)}/nowhere/at/all`)).toMatchObject({
      status: 404,
      body: { type: '/problems/not-found' },
    });
  });

  test('has an id of its own', () => {
    const ids = routes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('refuses a query parameter that it does not know, unless it is for probes', async () => {
    const api = startApi();
    for (const { method, path, query, body, tag } of routes) {
      const isForProbes = query.safeParse({ unheard: 'of' }).success;
      const json = body === null ? {} : { json: body.example };
      const answer = await send(api, `${pathFor(path)}?unheard=of`, { method, ...json });
      // The page may not be built: a unit test does not see to that.
      if (isForProbes) expect(tag === 'Page' ? [200, 404] : [200]).toContain(answer.status);
      else
        expect(answer).toMatchObject({
          status: 400,
          body: { errors: expect.arrayContaining([{ field: 'unheard', problem: 'is not known here' }]) },
        });
    }
  });

  test('has examples that its own schemas accept', () => {
    for (const { body, replies } of routes) {
      if (body !== null) expect(body.schema.safeParse(body.example).error).toBeUndefined();
      for (const { schema, example } of Object.values(replies)) {
        const parsed = schema.safeParse(example);
        expect(parsed.error).toBeUndefined();
        expect(parsed.data).toEqual(example);
      }
    }
  });
});

test('every type of problem is listed by a route, or is of requests that meet none', async () => {
  const listed = new Set<ProblemName>([...everyRequest, ...routes.flatMap(({ problems }) => problems)]);
  const names = Object.keys(catalogue) as ProblemName[];
  expect(names.filter((name) => !listed.has(name))).toEqual(['method-not-allowed']);
  const api = startApi();
  expect(await send(api, '/problems/sold-out')).toMatchObject({
    body: { operations: ['POST /concerts/:concertId/purchases', 'POST /concerts/:concertId/holds'] },
  });
});

const startRoutes = (...table: readonly Route[]) => startApi({}, { groups: [table] });

const said = z.object({ said: z.string() });
const echo = { id: 'echo', tag: 'Concerts', summary: 'Echo' } as const;

describe('an answer that the table does not list', () => {
  const healthz = (handler: () => unknown) =>
    route('GET', '/healthz', { ...echo, replies: { 200: json('', said, { said: '' }) } }, () => {
      // What the compiler would refuse, as a handler that was cast could return it.
      return handler() as { status: 200; body: { said: string } };
    });

  test.each([
    ['because of its status', { status: 299, body: { status: 'alive' } }, 'the status is not in the table'],
    [
      'because of a field',
      { status: 200, body: { status: 'alive', more: 1 } },
      'fields that the schema lacks',
    ],
    ['because of a value', { status: 200, body: { status: 'undead' } }, 'the body is not of the schema'],
    ['because of its problem', problem('sold-out', 'No.'), 'the table does not list /problems/sold-out'],
  ])('%s fails the test that gets it', async (_, reply, wrong) => {
    const api = startRoutes(healthz(() => reply));
    await send(api, '/healthz');
    expect(takeWrongAnswers()).toEqual([expect.stringContaining(wrong)]);
  });
});

describe('a guard', () => {
  const guard: Guard = {
    audience: 'Ada',
    problems: ['unavailable'],
    check: async ({ params }) => {
      if (params.customerId === 'ada') return null;
      throw new ProblemError(problem('unavailable', 'Not for you.'));
    },
  };
  const handled: unknown[] = [];
  const guarded = route(
    'POST',
    '/test/:customerId',
    {
      ...echo,
      guard,
      body: { schema: said, example: { said: '' } },
      replies: { 200: json('', said, { said: '' }) },
    },
    ({ params, body }) => {
      handled.push(params.customerId);
      return { status: 200, body };
    },
  );

  test('that refuses is obeyed before the body is read', async () => {
    const api = startRoutes(guarded);
    // The rest of the body never comes, so the answer can only have been made without it.
    const body = new Readable({ read: () => {} });
    body.push('{"said":');
    const answer = await send(api, '/test/bob?not=looked-at', {
      body,
      headers: { 'content-type': 'text/odd' },
    });
    expect(answer).toMatchObject({ status: 503, body: { detail: 'Not for you.' } });
    expect(handled).toEqual([]);
    expect(guarded.problems).toContain('unavailable');
    takeWrongAnswers();
  });

  test('that lets a request pass knows whom the path names', async () => {
    const api = startRoutes(guarded);
    const answer = await send(api, '/test/ada', { json: { said: 'hello' } });
    expect(answer).toMatchObject({ status: 200, body: { said: 'hello' } });
    expect(handled).toEqual(['ada']);
    takeWrongAnswers();
  });
});
