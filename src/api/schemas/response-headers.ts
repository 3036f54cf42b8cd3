import { z } from 'zod';

/** What the headers of answers mean, by name. */
export const responseHeaders: Readonly<
  Record<string, { readonly description: string; readonly schema: z.ZodType }>
> = {
  'X-Request-Id': {
    description:
      'The request’s own `X-Request-Id` where that has up to 128 letters, digits and `_ . : + / = @ -`, a new id otherwise. Problems and the log have it too.',
    schema: z.string(),
  },
  ETag: {
    description: 'Sent back as `If-None-Match`, it saves the body of an answer that is the same.',
    schema: z.string(),
  },
  Link: {
    description: 'The next page, with `rel="next"` (RFC 8288). Absent on the last.',
    schema: z.string(),
  },
  'Content-Encoding': {
    description: 'How the body is compressed, for a client that says it can read that.',
    schema: z.enum(['br', 'gzip']),
  },
  Location: { description: 'The path of what was made.', schema: z.string() },
  'Idempotency-Key': {
    description: 'The key of the request; the one that was made up where it had none.',
    schema: z.string(),
  },
  'Idempotent-Replayed': {
    description: 'An earlier request with this key was carried out; this is its answer.',
    schema: z.literal('true'),
  },
  'Preference-Applied': { description: 'The `wait` that was granted.', schema: z.string() },
  'WWW-Authenticate': { description: 'How to say who asks.', schema: z.literal('Bearer') },
  RateLimit: {
    description:
      'What is left of the quotas that the client has used a good part of, and the seconds until they are whole again: `"customer";r=12;t=7` (draft-ietf-httpapi-ratelimit-headers-09).',
    schema: z.string(),
  },
  'RateLimit-Policy': {
    description: 'These quotas, and their windows in seconds: `"customer";q=60;w=10`.',
    schema: z.string(),
  },
  'Retry-After': { description: 'Seconds.', schema: z.string().regex(/^\d+$/) },
};
