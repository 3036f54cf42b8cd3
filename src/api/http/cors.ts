import cors from '@koa/cors';
import type { Middleware } from 'koa';
import { responseHeaders } from '../schemas/response-headers.js';

/**
 * Lets pages of these origins read answers; `*` is any. Without credentials: the API knows no cookies.
 * @param origins as browsers send them, like `https://tickets.example`
 */
export function allowOrigins(origins: readonly string[]): Middleware {
  const isAny = origins.includes('*');
  return cors({
    origin: (ctx) => (isAny ? '*' : (origins.find((origin) => origin === ctx.get('Origin')) ?? '')),
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-None-Match',
      'Prefer',
      'X-Request-Id',
    ],
    exposeHeaders: Object.keys(responseHeaders),
    maxAge: 7_200,
    // Errors become answers within this middleware's answer, with the headers that it has set.
    keepHeadersOnError: false,
  });
}
