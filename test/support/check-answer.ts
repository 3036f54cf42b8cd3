import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../src/api/openapi/document.js';
import {
  catalogue,
  hasRetryAfter,
  PROBLEM_MEDIA_TYPE,
  type ProblemName,
  typeOf,
} from '../../src/api/problems/problem.js';
import type { Route } from '../../src/api/routing/route.js';
import { problemBody } from '../../src/api/schemas/replies.js';

/** An answer of the service, as a client saw it. */
export interface SeenAnswer {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
  readonly requestId: string;
  readonly hasRetryAfter: boolean;
}

/** What is wrong with the answer by the route table; null when it is one of those that the table lists. */
export function whatIsWrong(routes: readonly Route[], seen: SeenAnswer): string | null {
  const atPath = routes.filter(({ path }) => patternOf(path).test(seen.path));
  const method = seen.method === 'HEAD' ? 'GET' : seen.method;
  const route = atPath.find((one) => one.method === method);
  if (seen.mediaType === PROBLEM_MEDIA_TYPE) return wrongProblem(seen, problemsAt(route, atPath));
  if (route === undefined) {
    return method === 'OPTIONS' && atPath.length > 0 && seen.status === 204 ? null : 'it is of no route';
  }
  if (seen.status === 304 && route.revalidates) return seen.body === '' ? null : 'a 304 has no body';
  const reply = route.replies[seen.status];
  if (reply === undefined) return 'the status is not in the table';
  if (reply.mediaType !== seen.mediaType) return `the media type is ${seen.mediaType}`;
  if (seen.method === 'HEAD') return null;
  const body: unknown = reply.mediaType === 'application/json' ? JSON.parse(seen.body) : seen.body;
  const parsed = reply.schema.safeParse(body);
  if (!parsed.success) return `the body is not of the schema: ${parsed.error.message}`;
  const unlike = isOfDocument(routes, route, seen.status, reply.mediaType, body);
  if (unlike !== null) return `the body is not as the API document says: ${unlike}`;
  return isDeepStrictEqual(parsed.data, body) ? null : 'the body has fields that the schema lacks';
}

const checkers = new WeakMap<readonly Route[], Ajv2020>();

/** Null for a body that is as the OpenAPI document of these routes says. */
function isOfDocument(
  routes: readonly Route[],
  { method, path }: Route,
  status: number,
  mediaType: string,
  body: unknown,
): string | null {
  const checker = checkers.get(routes) ?? new Ajv2020({ strict: false, validateFormats: false });
  if (!checkers.has(routes)) {
    checkers.set(routes, checker.addSchema({ ...openApiDocument(routes) }, 'document'));
  }
  const keys = [
    path.replaceAll(/:(\w+)/g, '{$1}'),
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
  ];
  const pointer = ['paths', ...keys, mediaType, 'schema'].map(escapedKey).join('/');
  const key = `document#/${pointer}`;
  const validate = checker.getSchema(key);
  if (validate === undefined) return `it has no ${key}`;
  return validate(body) ? null : checker.errorsText(validate.errors);
}

const escapedKey = (key: string): string =>
  encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

const patterns = new Map<string, RegExp>();

function patternOf(path: string): RegExp {
  const pattern = patterns.get(path) ?? new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`, 'i');
  patterns.set(path, pattern);
  return pattern;
}

/** Refusals of the parser, which knows no routes. */
const beforeRouting: readonly ProblemName[] = ['invalid-request', 'headers-too-large', 'request-timeout'];

function problemsAt(route: Route | undefined, atPath: readonly Route[]): readonly ProblemName[] {
  if (route !== undefined) return route.problems;
  return [atPath.length === 0 ? 'not-found' : 'method-not-allowed', ...beforeRouting, 'internal'];
}

function wrongProblem(
  { method, status, body, requestId, hasRetryAfter: saysWhen }: SeenAnswer,
  problems: readonly ProblemName[],
): string | null {
  if (method === 'HEAD') return problems.some((name) => catalogue[name].status === status) ? null : 'status';
  const parsed = problemBody.safeParse(JSON.parse(body));
  if (!parsed.success) return `it is no problem: ${parsed.error.message}`;
  const { type, status: told } = parsed.data;
  if (parsed.data.requestId !== requestId) return 'its requestId is not that of the header';
  const name = problems.find((name) => typeOf(name) === type);
  if (name === undefined) return `the table does not list ${type}`;
  if (hasRetryAfter(name) !== saysWhen) return `${type} has ${saysWhen ? 'a' : 'no'} Retry-After`;
  return status === told && status === catalogue[name].status ? null : `${type} has the wrong status`;
}
