import fc from 'fast-check';
import { anyText } from './any-text.js';
import { hostileNames, hostileNumbers, hostileTexts } from './hostile.js';

/** The parts of JSON Schema that the OpenAPI document uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

/** Values that fit a schema, as far as it says. */
export function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(fitting));
  if (schema.examples !== undefined && schema.examples.length > 0)
    return fc.oneof(fc.constantFrom(...schema.examples), fitting({ ...schema, examples: [] }));
  const types = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const { minimum = 0, maximum = 1_000 } = schema;
      return fc.integer({ min: Math.ceil(minimum), max: Math.floor(Math.min(maximum, 2 ** 53)) });
    }
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: 3 });
    case 'object': {
      const entries = Object.entries(schema.properties ?? {});
      return fc.record(Object.fromEntries(entries.map(([name, part]) => [name, fitting(part)])), {
        requiredKeys: [...(schema.required ?? [])],
      });
    }
    default:
      return text(schema);
  }
}

function text({ format, pattern, minLength = 1, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.integer({ min: 0, max: 4e12 }).map((at) => new Date(at).toISOString());
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 60) });
}

/** Values that a schema may or may not allow. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...hostileTexts, ...hostileNumbers, null, true, [], {}),
  anyText({ maxLength: 50 }),
  fc.jsonValue(),
);

/** Objects that fit, with a field that does not, that is missing, or that is one too many. */
export function nearlyFitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.constantFrom(...names, ...hostileNames);
  return fc.tuple(fitting(schema), name, anyValue, fc.boolean()).map(([value, changed, other, isRemoved]) => {
    if (typeof value !== 'object' || value === null) return other;
    const entries = Object.entries(value).filter(([key]) => key !== changed);
    return isRemoved ? Object.fromEntries(entries) : withField(entries, changed, other);
  });
}

/** Also where the name is one that objects have by themselves. */
function withField(entries: readonly (readonly [string, unknown])[], name: string, value: unknown): unknown {
  const object: Record<string, unknown> = Object.fromEntries(entries);
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true });
  return object;
}
