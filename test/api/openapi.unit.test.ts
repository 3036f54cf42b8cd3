import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type OpenApiDocument, openApiDocument } from '../../src/api/openapi/document.js';
import { catalogue, typeOf } from '../../src/api/problems/problem.js';
import { routes } from '../../src/api/routes/index.js';
import { whatIsWrong } from '../support/check-answer.js';
import { CONCERT, send, startApi } from './support.js';

const document: OpenApiDocument = openApiDocument(routes);

const operationOf = ({ method, path }: { method: string; path: string }) =>
  document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];

describe('the API document', () => {
  test('is served as it is made, with the version of the package', async () => {
    const served = await send(startApi(), '/openapi.json');
    expect(served.body).toEqual(JSON.parse(JSON.stringify(document)));
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(document.info.version).toBe(version);
  });

  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'has %s',
    (_, route) => {
      const operation = operationOf(route);
      expect(operation).toMatchObject({ operationId: route.id, summary: route.summary, tags: [route.tag] });
      const inPath = operation?.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath?.map(({ name }) => name)).toEqual(route.variables);
      const problems = Object.values(operation?.responses ?? {}).flatMap(({ content }) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}),
      );
      expect(problems.sort()).toEqual([...route.problems].sort());
      expect(operation?.requestBody === undefined).toBe(route.body === null);
      if (operation?.requestBody !== undefined) {
        expect(operation.requestBody.content['application/json']?.example).toEqual(route.body?.example);
      }
    },
  );

  test('has nothing but the routes', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(operations).toHaveLength(routes.length);
  });

  test('has an example of each type of problem', () => {
    for (const [name, { status, title }] of Object.entries(catalogue)) {
      expect(document.components.examples[name]).toMatchObject({
        summary: title,
        value: { type: typeOf(name as keyof typeof catalogue), status, title },
      });
    }
  });

  test('has examples that are as it says itself', () => {
    for (const { method, path, replies } of routes) {
      for (const [status, { mediaType, example }] of Object.entries(replies)) {
        const body = mediaType === 'application/json' ? JSON.stringify(example) : String(example);
        const seen = { method, path, status: Number(status), mediaType, body };
        expect(whatIsWrong(routes, { ...seen, requestId: 'any', hasRetryAfter: false })).toBeNull();
      }
    }
  });

  test('tells the limits that requests are held to', () => {
    const schedule = document.paths['/concerts']?.post?.requestBody?.content['application/json']?.schema;
    expect(schedule).toMatchObject({
      required: ['name', 'capacity', 'vipSeats'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 200 },
        capacity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
        ticketsPerCustomer: { type: 'integer', default: 1 },
        startsAt: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
      },
    });
    const limit = document.paths['/concerts']?.get?.parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    });
    const text = JSON.stringify(document);
    for (const [reference] of text.matchAll(/(?<="\$ref":")#[^"]*/g)) {
      const [, , kind = '', name = ''] = reference.split('/');
      expect(document.components).toHaveProperty([kind, name]);
    }
  });
});

describe('the page for readers', () => {
  test('has every operation and shape, and loads nothing', async () => {
    const { text, headers, status } = await send(startApi(), '/docs');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^' ]+'; /);
    for (const { id } of routes) expect(text).toContain(`<article id="${id}">`);
    for (const id of Object.keys(document.components.schemas)) expect(text).toContain(`<article id="${id}">`);
    const targets = [...text.matchAll(/href="([^"]*)"/g)].map(([, target = '']) => target);
    for (const target of targets) {
      if (target.startsWith('#')) expect(text).toContain(`id="${target.slice(1)}"`);
      else expect(['/openapi.json', '/problems']).toContain(target);
    }
    expect(text).not.toMatch(/<script|src=|url\(|@import|https?:/);
  });
});

describe('a read that can be revalidated', () => {
  test('is 304 without a body to a client that has it, and 200 when it changed', async () => {
    let remaining = 3;
    const api = startApi({ stock: { get: async () => ({ remaining, held: 0, revision: 1n }) } });
    const path = `/concerts/${CONCERT}/stock`;
    const first = await send(api, path);
    const etag = String(first.headers.etag);
    expect(first.headers['cache-control']).toBe('no-cache');
    const same = await send(api, path, { headers: { 'if-none-match': etag } });
    expect(same).toMatchObject({ status: 304, text: '', headers: { etag } });
    remaining = 2;
    const changed = await send(api, path, { headers: { 'if-none-match': etag } });
    expect(changed).toMatchObject({ status: 200, body: { remaining: 2 } });
    expect(changed.headers.etag).not.toBe(etag);
  });
});

test('a page of a list links to the next one, with the query of its own', async () => {
  const pages = [
    { items: [], next: 'a b>' },
    { items: [], next: null },
  ];
  const api = startApi({ queries: { purchasesOf: async () => pages.shift() ?? { items: [], next: null } } });
  const first = await send(api, '/customers/a%20b/purchases?limit=7');
  expect(first.headers.link).toBe('</customers/a%20b/purchases?limit=7&cursor=a+b%3E>; rel="next"');
  const second = await send(api, '/customers/a%20b/purchases?limit=7&cursor=a+b%3E');
  expect(second.headers.link).toBeUndefined();
});
