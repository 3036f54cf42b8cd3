import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import getRawBody from 'raw-body';
import type { z } from 'zod';
import { ProblemError, problem } from '../problems/problem.js';
import type { Context } from './context.js';
import { invalid, validate } from './validate.js';

/** The largest body that is read, in bytes. No request has a reason to be larger. */
export const BODY_LIMIT = 16_384;

/**
 * The JSON body as the schema has it. The body is read to its end before anything is decided on it.
 * @throws {ProblemError} invalid-request, payload-too-large, unsupported-media-type
 */
export async function readJson<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> {
  if (!hasBody(ctx.req.headers)) throw invalid([{ field: 'body', problem: 'is missing; send JSON' }]);
  requireJson(ctx.req.headers);
  return validate(schema, parseJson(await readAll(ctx)), 'body');
}

/** As readJson, but a request without a body gives undefined. */
export const readOptionalJson = async <S extends z.ZodType>(
  ctx: Context,
  schema: S,
): Promise<z.output<S> | undefined> => (hasBody(ctx.req.headers) ? readJson(ctx, schema) : undefined);

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const json = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

function requireJson(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  if (type === 'application/json' && encoding === undefined) return;
  if (type === undefined || !json.test(type)) {
    throw new ProblemError(
      problem('unsupported-media-type', 'Send the body as application/json in UTF-8.', {}, accepts),
    );
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ProblemError(
      problem('unsupported-media-type', 'Send the body without a Content-Encoding.', {}, accepts),
    );
  }
}

const accepts = { Accept: 'application/json', 'Accept-Encoding': 'identity' };

async function readAll(ctx: Context): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, {
      limit: BODY_LIMIT,
      length: ctx.req.headers['content-length'] ?? null,
    });
  } catch (error) {
    // The rest of the body is read and dropped, so that the client gets to see the answer.
    ctx.req.resume();
    throw unreadable(error);
  }
}

function unreadable(error: unknown): ProblemError {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new ProblemError(
      problem('payload-too-large', `The body may have at most ${BODY_LIMIT} bytes.`, { limit: BODY_LIMIT }),
      { cause: error },
    );
  }
  return invalid([{ field: 'body', problem: 'did not arrive whole' }], { cause: error });
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw invalid([{ field: 'body', problem: 'is not UTF-8' }]);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw invalid([{ field: 'body', problem: 'is not JSON' }], { cause: error });
  }
}
