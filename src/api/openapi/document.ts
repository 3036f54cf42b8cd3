import { version } from '../../installation/version.js';
import {
  catalogue,
  hasRetryAfter,
  PROBLEM_MEDIA_TYPE,
  type ProblemName,
  present,
} from '../problems/problem.js';
import { problemExamples } from '../problems/problem-examples.js';
import { pathVariables } from '../routing/path-variables.js';
import { requestHeaders } from '../routing/request-headers.js';
import type { Route } from '../routing/route.js';
import { requestId } from '../schemas/examples.js';
import { problemBody } from '../schemas/replies.js';
import { responseHeaders } from '../schemas/response-headers.js';
import { tagDescriptions } from '../schemas/tags.js';
import { type JsonSchema, SchemaWriter } from './json-schema.js';

/** The parts of OpenAPI 3.1 that this document has. */

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Media {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

export interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

const description = `JSON over HTTP/1.1. Ids and revisions are strings, since revisions have 64 bits; times are ISO 8601 in UTC.

An unknown field or query parameter is refused: it is a typo, and silence would hide it. Bodies are \`application/json\` in UTF-8, at most 16 KiB.

Every error is a problem (RFC 9457). Its \`type\` is stable, and the path of a page that says what it means.`;

/** The OpenAPI document of the routes, made from the schemas that validate their requests. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const schemas = new SchemaWriter();
  const problem = schemas.write(problemBody);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas, problem) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'onsale', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({
      name,
      description: tagDescriptions[name],
    })),
    paths,
    components: {
      schemas: schemas.components,
      examples: exampleComponents(),
      headers: headerComponents(schemas),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        operatorKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'onsale_…',
          description: 'A key of an operator, which `onsale keys add` makes.',
        },
      },
    },
  };
}

function operation(route: Route, schemas: SchemaWriter, problem: JsonSchema): Operation {
  const { id, tag, summary, body, guard } = route;
  const audience = guard === null ? [] : [`For ${guard.audience}, where access is not open.`];
  const text = [...(route.description === null ? [] : [route.description]), ...audience].join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: guard === null ? [] : [{ token: [] }, { operatorKey: [] }],
    parameters: parameters(route, schemas),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.isOptional,
            content: { 'application/json': { schema: schemas.write(body.schema), example: body.example } },
          },
        }),
    responses: responses(route, schemas, problem),
  };
}

function parameters({ variables, query, headers }: Route, schemas: SchemaWriter): Parameter[] {
  const described = (schema: JsonSchema) => {
    const { description, ...rest } = schema;
    return description === undefined ? { schema } : { description, schema: rest };
  };
  return [
    ...variables.map((name) => ({
      ...{ name, in: 'path' as const, required: true },
      ...described(schemas.write(pathVariables[name].schema)),
    })),
    ...schemas.properties(query).map(([name, schema, required]) => ({
      ...{ name, in: 'query' as const, required },
      ...described(schema),
    })),
    ...headers.map((key) => {
      const { name, description, schema } = requestHeaders[key];
      return { name, in: 'header' as const, required: false, description, schema: schemas.write(schema) };
    }),
  ];
}

const refer = (kind: 'headers' | 'examples', names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]));

function responses(route: Route, schemas: SchemaWriter, problem: JsonSchema): Record<string, Response> {
  const all: Record<string, Response> = {};
  for (const [status, { description, mediaType, schema, example, headers }] of Object.entries(
    route.replies,
  )) {
    all[status] = {
      description,
      headers: refer('headers', ['X-Request-Id', ...(route.revalidates ? ['ETag'] : []), ...headers]),
      content: { [mediaType]: { schema: schemas.write(schema), example } },
    };
  }
  if (route.revalidates) {
    all['304'] = {
      description: 'As `If-None-Match` has it.',
      headers: refer('headers', ['X-Request-Id', 'ETag']),
    };
  }
  for (const [status, names] of problemsByStatus(route.problems)) {
    all[status] = {
      description: names.map((name) => catalogue[name].title).join('. '),
      headers: refer('headers', ['X-Request-Id', ...headersOf(status, names)]),
      content: {
        ...all[status]?.content,
        [PROBLEM_MEDIA_TYPE]: { schema: problem, examples: refer('examples', names) },
      },
    };
  }
  return all;
}

/** The headers that problems have beside those of every answer. */
function headersOf(status: string, names: readonly ProblemName[]): readonly string[] {
  if (status === '401') return ['WWW-Authenticate'];
  if (status === '429') return ['Retry-After', 'RateLimit', 'RateLimit-Policy'];
  return names.some(hasRetryAfter) ? ['Retry-After'] : [];
}

function problemsByStatus(names: readonly ProblemName[]): Map<string, ProblemName[]> {
  const byStatus = new Map<string, ProblemName[]>();
  for (const name of names) {
    const status = String(catalogue[name].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  return byStatus;
}

const exampleComponents = () =>
  Object.fromEntries(
    Object.values(problemExamples).map((example) => [
      example.name,
      { summary: catalogue[example.name].title, value: present(example, requestId) },
    ]),
  );

const headerComponents = (schemas: SchemaWriter) =>
  Object.fromEntries(
    Object.entries(responseHeaders).map(([name, { description, schema }]) => [
      name,
      { description, schema: schemas.write(schema) },
    ]),
  );
