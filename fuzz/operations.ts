import type { JsonSchema } from './values.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: JsonSchema;
}

/** One method of one path, as the OpenAPI document describes it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Null for one that takes no body. */
  readonly body: JsonSchema | null;
}

interface Described {
  readonly parameters?: readonly Reference<Parameter>[];
  readonly requestBody?: {
    readonly content?: Readonly<Record<string, { readonly schema: Reference<JsonSchema> }>>;
  };
}

type Reference<T> = T | { readonly $ref: string };

const methods = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** The operations of an OpenAPI document, with its references resolved. */
export function operationsOf(document: object): readonly Operation[] {
  const resolved = (value: unknown): unknown => resolve(value, document);
  const { paths } = document as { paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const described = item[method];
      if (described === undefined) return [];
      const json = described.requestBody?.content?.['application/json'];
      return [
        {
          ...{ method: method.toUpperCase(), path },
          parameters: resolved(described.parameters ?? []) as readonly Parameter[],
          body: json === undefined ? null : (resolved(json.schema) as JsonSchema),
        },
      ];
    }),
  );
}

function resolve(value: unknown, document: object): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, document));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value && typeof value.$ref === 'string') {
    const path = value.$ref.replace('#/', '').split('/');
    const found = path.reduce<unknown>(
      (part, key) => (part as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    );
    return resolve(found, document);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part, document)]));
}
