import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Principal } from '../access/principal.js';
import { readJson, readOptionalJson } from '../http/body.js';
import type { Context } from '../http/context.js';
import { hangUpSignal } from '../http/hang-up.js';
import { validate } from '../http/validate.js';
import type { Problem, ProblemName } from '../problems/problem.js';
import { noQuery } from '../schemas/requests.js';
import type { Tag } from '../schemas/tags.js';
import type { Api } from '../services.js';
import type { Guard } from './guard.js';
import { type PathVariableName, pathVariables } from './path-variables.js';
import type { Replies, ReplyOf } from './reply.js';
import { type HeaderValues, type RequestHeaderName, requestHeaders } from './request-headers.js';

export type Answer<R extends Replies> = ReplyOf<R> | Problem;

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The names of the variables of a path. */
type VariablesOf<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Name | VariablesOf<More>
    : Rest
  : never;

export type Params<Path extends string> = { readonly [Name in VariablesOf<Path>]: string };

/** A request as its handler gets it: everything is read and validated as the table says. */
export interface RouteRequest<
  Path extends string,
  Header extends RequestHeaderName,
  Query extends z.ZodType,
  Body extends z.ZodType,
> {
  readonly params: Params<Path>;
  readonly headers: HeaderValues<Header>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  /** Who asks, as the guard found out; null where access is open, and where there is no guard. */
  readonly principal: Principal | null;
  /** When the request arrived, before its body was waited for. */
  readonly arrivedAt: Date;
  /** The span of the request, as `traceparent` writes it; undefined where it is not traced. */
  readonly trace: string | undefined;
  readonly requestId: string;
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly search: string;
  /** Sets a header of the answer, whatever that will be. */
  setHeader(name: string, value: string): void;
  /** Makes the body of the answer the start of a stream, which `start` is given to write on and to end. */
  goOn(start: (response: ServerResponse) => void): void;
  /** Aborts when the client closes the connection before it has its answer. Each read makes a signal. */
  readonly signal: AbortSignal;
}

/** What a route is, besides its method, path and handler. */
export interface RouteSpec<
  Header extends RequestHeaderName,
  Query extends z.ZodType,
  Body extends z.ZodType,
  R extends Replies,
> {
  /** A verb and a noun, unique among routes: the name of the function in a generated client. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  /** Guarantees and what the summary leaves out. Markdown. */
  readonly description?: string;
  /** Refuses requests before their query, headers and body are looked at. Absent: everybody may ask. */
  readonly guard?: Guard;
  readonly headers?: readonly Header[];
  /** Absent: none is known, and any is refused. */
  readonly query?: Query;
  readonly body?: { readonly schema: Body; readonly example: z.input<Body> };
  /** Whether what it makes, a purchase or a hold, counts where those from one address are limited. */
  readonly countsAsPurchase?: true;
  /** Whether answers have an ETag, and are 304 without a body where the client has the same already. */
  readonly revalidates?: true;
  readonly replies: R;
  /** Of this route alone; those that path, body and guard bring, and those of every request, are added. */
  readonly problems?: readonly ProblemName[];
}

/** A line of the route table, as the router, the OpenAPI document and the tests read it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string | null;
  readonly guard: Guard | null;
  readonly variables: readonly PathVariableName[];
  readonly headers: readonly RequestHeaderName[];
  readonly query: z.ZodType;
  readonly body: {
    readonly schema: z.ZodType;
    readonly example: unknown;
    readonly isOptional: boolean;
  } | null;
  readonly replies: Replies;
  readonly revalidates: boolean;
  /** All that a request to this route may be refused with. */
  readonly problems: readonly ProblemName[];
  /** Reads the request, asks the guard, and calls the handler. @throws {ProblemError} */
  readonly answer: (ctx: Context, api: Api) => Promise<ReplyOf<Replies> | Problem>;
}

/** Any request may get these, whatever it asks for. */
export const everyRequest: readonly ProblemName[] = [
  'invalid-request',
  'request-timeout',
  'too-many-requests',
  'headers-too-large',
  'internal',
];

/** A line of the route table. Requests are refused or given to `handler`, whose replies the compiler checks. */
export function route<
  Path extends string,
  const R extends Replies,
  Header extends RequestHeaderName = never,
  Query extends z.ZodType = typeof noQuery,
  Body extends z.ZodType = z.ZodUndefined,
>(
  method: Method,
  path: VariablesOf<Path> extends PathVariableName ? Path : never,
  spec: RouteSpec<Header, Query, Body, R>,
  handler: (
    request: RouteRequest<Path, Header, Query, Body>,
    api: Api,
  ) => Answer<NoInfer<R>> | Promise<Answer<NoInfer<R>>>,
): Route {
  const variables = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as PathVariableName);
  const { guard = null, headers = [], body, problems = [], description = null } = spec;
  const query = spec.query ?? noQuery;
  const isOptional = body?.schema.safeParse(undefined).success === true;
  const readBody = isOptional ? readOptionalJson : readJson;
  return {
    ...{ method, path, id: spec.id, tag: spec.tag, summary: spec.summary, description },
    ...{ guard, variables, headers, query, replies: spec.replies },
    revalidates: spec.revalidates === true,
    body: body === undefined ? null : { ...body, isOptional },
    problems: [
      ...new Set<ProblemName>([
        ...everyRequest,
        ...variables.flatMap((name) => pathVariables[name].problems),
        ...(guard?.problems ?? []),
        ...(body === undefined ? [] : bodyProblems),
        ...problems,
      ]),
    ],
    async answer(ctx, api) {
      const arrivedAt = new Date();
      const params = readVariables<Path>(ctx, variables);
      const principal = await admit(ctx, () => guard?.check({ ctx, params }, api), api);
      if (spec.countsAsPurchase) api.limits.refusePurchase(ctx, principal);
      const parts = {
        params,
        principal,
        arrivedAt,
        query: validate(query, ctx.query, 'query') as z.output<Query>,
        headers: readHeaders(ctx, headers),
        body: (body === undefined ? undefined : await readBody(ctx, body.schema)) as z.output<Body>,
      };
      const reply = await handler(new HandledRequest<Path, Header, Query, Body>(ctx, parts), api);
      if (spec.countsAsPurchase && isNew(ctx, reply)) api.limits.countPurchase(ctx, principal);
      return reply;
    },
  };
}

/** Asks the guard, and counts the request: also one that the guard refuses. @throws {ProblemError} */
async function admit(
  ctx: Context,
  check: () => Promise<Principal | null> | undefined,
  { limits }: Api,
): Promise<Principal | null> {
  let principal: Principal | null = null;
  try {
    principal = (await check()) ?? null;
  } catch (error) {
    await limits.count(ctx, null);
    throw error;
  }
  await limits.count(ctx, principal);
  return principal;
}

const isNew = (ctx: Context, reply: ReplyOf<Replies> | Problem): boolean =>
  'status' in reply && !ctx.res.hasHeader('Idempotent-Replayed');

/** A class rather than an object of closures and a getter, which would cost a hidden class for each request. */
class HandledRequest<
  Path extends string,
  Header extends RequestHeaderName,
  Query extends z.ZodType,
  Body extends z.ZodType,
> implements RouteRequest<Path, Header, Query, Body>
{
  readonly #ctx: Context;
  readonly params: Params<Path>;
  readonly principal: Principal | null;
  readonly arrivedAt: Date;
  readonly query: z.output<Query>;
  readonly headers: HeaderValues<Header>;
  readonly body: z.output<Body>;

  constructor(
    ctx: Context,
    parts: Pick<
      RouteRequest<Path, Header, Query, Body>,
      'params' | 'principal' | 'arrivedAt' | 'query' | 'headers' | 'body'
    >,
  ) {
    this.#ctx = ctx;
    this.params = parts.params;
    this.principal = parts.principal;
    this.arrivedAt = parts.arrivedAt;
    this.query = parts.query;
    this.headers = parts.headers;
    this.body = parts.body;
  }

  get requestId(): string {
    return this.#ctx.state.requestId;
  }

  get trace(): string | undefined {
    return this.#ctx.state.trace;
  }

  get path(): string {
    return this.#ctx.path;
  }

  get search(): string {
    return this.#ctx.querystring;
  }

  get signal(): AbortSignal {
    return hangUpSignal(this.#ctx);
  }

  setHeader(name: string, value: string): void {
    this.#ctx.set(name, value);
  }

  goOn(start: (response: ServerResponse) => void): void {
    this.#ctx.state.goesOn = start;
  }
}

const bodyProblems: readonly ProblemName[] = ['payload-too-large', 'unsupported-media-type'];

const readVariables = <Path extends string>(ctx: Context, names: readonly PathVariableName[]) =>
  Object.fromEntries(
    names.map((name) => [name, pathVariables[name].read(ctx.params[name] ?? '')]),
  ) as Params<Path>;

const readHeaders = <Header extends RequestHeaderName>(ctx: Context, names: readonly Header[]) =>
  Object.fromEntries(names.map((name) => [name, requestHeaders[name].read(ctx)])) as HeaderValues<Header>;
