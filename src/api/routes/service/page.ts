import type { Precompressed } from '../../http/precompressed.js';
import { ProblemError, problem } from '../../problems/problem.js';
import { compressed } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import { anyQuery } from '../../schemas/requests.js';
import type { Api } from '../../services.js';

const tag = 'Page';

const document = {
  tag,
  query: anyQuery,
  revalidates: true,
  replies: { 200: compressed('text/html; charset=utf-8', 'The page.', '<!doctype html>…') },
  problems: ['not-found'],
} as const;

const list = route(
  'GET',
  '/',
  { ...document, id: 'readPage', summary: 'The page for people', description: 'All concerts, live.' },
  showPage,
);

const watch = route(
  'GET',
  '/watch/:concertId',
  {
    ...document,
    id: 'readConcertPage',
    summary: 'The page of a concert',
    description: 'The sale as it goes on, and a way to buy.',
  },
  (request, api) => {
    // The browser loads the concert while it loads the scripts that will ask for it.
    const { concertId } = request.params;
    request.setHeader('Link', `</concerts/${concertId}>; rel=preload; as=fetch; crossorigin=anonymous`);
    return showPage(request, api);
  },
);

async function showPage(
  request: { setHeader(name: string, value: string): void },
  api: Api,
): Promise<{ status: 200; body: Precompressed }> {
  const { html, contentSecurityPolicy } = await pageOf(api);
  request.setHeader('Content-Security-Policy', contentSecurityPolicy);
  return { status: 200, body: html };
}

/** @throws {ProblemError} not-found */
async function pageOf({ page }: Api) {
  const made = await page();
  if (made === null)
    throw new ProblemError(problem('not-found', 'The page is not built. Run npm run build.'));
  return made;
}

const script = route(
  'GET',
  '/page/:version/:folder/:file',
  {
    id: 'readPageScript',
    tag,
    summary: 'A script of the page',
    replies: { 200: compressed('text/javascript; charset=utf-8', 'The script.', 'export …') },
    problems: ['not-found'],
  },
  (request, api) => {
    const { version, folder, file } = request.params;
    return showFile(request, version, `${folder}/${file}`, api);
  },
);

const style = route(
  'GET',
  '/page/:version/style.css',
  {
    id: 'readPageStyle',
    tag,
    summary: 'The style of the page',
    replies: { 200: compressed('text/css; charset=utf-8', 'The style.', ':root { … }') },
    problems: ['not-found'],
  },
  (request, api) => showFile(request, request.params.version, 'style.css', api),
);

const font = route(
  'GET',
  '/page/:version/display.woff2',
  {
    id: 'readPageFont',
    tag,
    summary: 'The font of the page',
    replies: { 200: compressed('font/woff2', 'League Gothic.', '…') },
    problems: ['not-found'],
  },
  (request, api) => showFile(request, request.params.version, 'display.woff2', api),
);

/** The file of this process, whatever version is asked for: while a new release is rolled out, pages of both are open. */
async function showFile(
  request: { setHeader(name: string, value: string): void },
  wanted: string,
  path: string,
  api: Api,
): Promise<{ status: 200; body: Precompressed }> {
  const { version, files } = await pageOf(api);
  const body = files.get(path);
  if (body === undefined) throw new ProblemError(problem('not-found', 'The page has no such file.'));
  const lasting = 'public, max-age=31536000, immutable';
  request.setHeader('Cache-Control', wanted === version ? lasting : 'no-cache');
  return { status: 200, body };
}

export const pageRoutes: readonly Route[] = [list, watch, script, style, font];
