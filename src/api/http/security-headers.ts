import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { Next } from 'koa';
import type { Context } from './context.js';

/**
 * Headers for every answer: what a browser makes of it runs, frames and embeds nothing. A page sets a policy of its own over
 * these. They are Helmet's without those that speak to browsers of long ago, worked out once, since they never change.
 * @param isTls whether the service itself speaks TLS: a browser then never comes back without. The proxy says so for its own TLS
 */
export function securityHeaders({ isTls }: { readonly isTls: boolean }) {
  const headers = headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      // The domain is the operator's: its other hosts may do without TLS.
      strictTransportSecurity: isTls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      xFrameOptions: { action: 'deny' },
      originAgentCluster: false,
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
    }),
  );
  return (ctx: Context, next: Next): Promise<void> => {
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    return next();
  };
}

function headersOf(middleware: ReturnType<typeof helmet>): readonly (readonly [string, string])[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  middleware(request, response, () => {});
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]);
}
