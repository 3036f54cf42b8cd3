import { Precompressed } from '../http/precompressed.js';
import { firstScripts, readAssets, versionOf } from './assets.js';

/** The page for people, as it is served. */
export interface Page {
  readonly html: Precompressed;
  /** Nothing from anywhere else, and no script or style but the page's own files. */
  readonly contentSecurityPolicy: string;
  /** Its files keep their content under this version. */
  readonly version: string;
  readonly files: ReadonlyMap<string, Precompressed>;
}

/** Reads and compresses the page when it is first asked for, and keeps it. Null where it is not built; that is not kept. */
export function pageOnce(root?: string): () => Promise<Page | null> {
  let making: Promise<Page | null> | null = null;
  const make = async () => {
    let page: Page | null = null;
    try {
      page = await makePage(root);
      return page;
    } finally {
      if (page === null) making = null;
    }
  };
  return () => {
    making ??= make();
    return making;
  };
}

async function makePage(root?: string): Promise<Page | null> {
  const assets = await readAssets(root);
  if (assets === null) return null;
  const version = versionOf(assets);
  const compressed = [...assets].map(async ([path, bytes]) => [path, await Precompressed.of(bytes)] as const);
  return {
    html: await Precompressed.of(Buffer.from(html(version))),
    contentSecurityPolicy: [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    version,
    files: new Map(await Promise.all(compressed)),
  };
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%2314121a'/%3E%3Ccircle cx='16' cy='16' r='8' fill='%23ffad33'/%3E%3C/svg%3E";

function html(version: string): string {
  const at = (path: string) => `/page/${version}/${path}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>onsale</title><meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon}"><link rel="stylesheet" href="${at('style.css')}">
<link rel="preload" href="${at('display.woff2')}" as="font" type="font/woff2" crossorigin>
${firstScripts.map((path) => `<link rel="modulepreload" href="${at(path)}">`).join('\n')}
<script type="module" src="${at('app/main.js')}"></script></head>
<body><div id="app"><noscript>This page needs JavaScript. The API does not: <a href="/docs">/docs</a>.</noscript></div></body></html>
`;
}
