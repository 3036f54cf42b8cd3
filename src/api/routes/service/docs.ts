import { version } from '../../../installation/version.js';
import { json, text } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import { anyQuery } from '../../schemas/requests.js';
import * as replies from '../../schemas/service-replies.js';

const tag = 'Documentation';

const document = route(
  'GET',
  '/openapi.json',
  {
    id: 'getOpenApiDocument',
    tag,
    summary: 'The OpenAPI document of this API',
    query: anyQuery,
    revalidates: true,
    replies: {
      200: json('OpenAPI 3.1.', replies.openApiDocument, {
        openapi: '3.1.1',
        info: { title: 'onsale', version },
        paths: {},
      }),
    },
  },
  (_, { reference }) => ({ status: 200, body: { ...reference.document() } }),
);

const page = route(
  'GET',
  '/docs',
  {
    id: 'readDocumentation',
    tag,
    summary: 'The API document as a page',
    description: 'Without scripts, and without requests to anywhere else.',
    query: anyQuery,
    revalidates: true,
    replies: { 200: text('text/html; charset=utf-8', 'The page.', '<!doctype html>…') },
  },
  (request, { reference }) => {
    const { html, contentSecurityPolicy } = reference.page();
    request.setHeader('Content-Security-Policy', contentSecurityPolicy);
    return { status: 200, body: html };
  },
);

export const docsRoutes: readonly Route[] = [document, page];
