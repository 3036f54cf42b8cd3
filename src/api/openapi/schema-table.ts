import { escaped, prose } from './html.js';
import type { JsonSchema } from './json-schema.js';

/** A row for each field of an object. */
export function fieldRows({ properties = {}, required = [] }: JsonSchema): string[] {
  return Object.entries(properties).map(([name, property]) => {
    const schema = property as JsonSchema;
    const optional = required.includes(name) ? '' : ' <i>optional</i>';
    const about = schema.description === undefined ? '' : prose(schema.description);
    return `<tr><th scope="row"><code>${escaped(name)}</code>${optional}</th><td>${typeOf(schema)}${about}</td></tr>`;
  });
}

/** The type in words, with a link to the shape that it names. */
export function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const id = escaped(schema.$ref.replace(/^.*\//, ''));
    return `<a href="#${id}">${id}</a>`;
  }
  const { anyOf, oneOf } = schema;
  const parts = (anyOf ?? oneOf)?.map((part) => typeOf(part as JsonSchema));
  if (parts !== undefined) return `${parts.join(' or ')}${limits(schema)}`;
  if (schema.enum !== undefined) return schema.enum.map(literal).join(', ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.type === 'array') return `list of ${typeOf(schema.items as JsonSchema)}`;
  const format = schema.format === undefined ? '' : ` (${escaped(schema.format)})`;
  return `${escaped(String(schema.type ?? 'anything'))}${format}${limits(schema)}`;
}

const literal = (value: unknown): string => `<code>${escaped(JSON.stringify(value))}</code>`;

function limits(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength } = schema;
  const range = (low: number | undefined, high: number | undefined, unit: string) =>
    low === undefined && high === undefined ? [] : [`${low ?? '…'} to ${high ?? '…'}${unit}`];
  const words = [
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...(schema.default === undefined ? [] : [`${literal(schema.default)} unless given`]),
  ];
  return words.length === 0 ? '' : `, ${words.join(', ')}`;
}
