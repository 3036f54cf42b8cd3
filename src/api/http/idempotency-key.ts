import { randomUUID } from 'node:crypto';
import type { Context } from './context.js';
import { invalid } from './validate.js';

const HEADER = 'Idempotency-Key';
const mostCharacters = 255;

/** Visible ASCII without a quote. */
const bare = /^[\x21\x23-\x7e]+$/;
/** A string of structured fields (RFC 9651): printable ASCII, with \" and \\ for " and \. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;

/**
 * The key that names this command, from the `Idempotency-Key` header, quoted or bare; a new one when the request has none. The
 * answer has it in the same header, so that a client that sent no key can repeat the command too.
 * @throws {ProblemError} invalid-request
 */
export function idempotencyKey(ctx: Context): string {
  const given = ctx.req.headers['idempotency-key'];
  if (given === undefined) {
    const key = randomUUID();
    ctx.set(HEADER, key);
    return key;
  }
  if (isSentTwice(ctx)) throw invalid([{ field: HEADER, problem: 'must be sent once' }]);
  const key = parseIdempotencyKey(String(given));
  if (key === null) {
    const problem = `must be 1 to ${mostCharacters} characters of visible ASCII, bare or between double quotes`;
    throw invalid([{ field: HEADER, problem }]);
  }
  ctx.set(HEADER, String(given));
  return key;
}

/** Node joins two headers with a comma and a space, so two invalid keys `"a` and `b"` look like one valid key. */
function isSentTwice({ req }: Context): boolean {
  if (req.headers['idempotency-key']?.includes(', ') !== true) return false;
  const names = req.rawHeaders.filter((_, i) => i % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'idempotency-key').length > 1;
}

/** Null for text that is no key. `"abc"` and `abc` are the same key. */
export function parseIdempotencyKey(given: string): string | null {
  const inner = quoted.exec(given)?.[1]?.replaceAll(/\\(.)/g, '$1');
  const key = inner ?? (bare.test(given) ? given : null);
  return key !== null && key.length <= mostCharacters ? key : null;
}
