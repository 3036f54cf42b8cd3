import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

const COMPONENTS = '#/components/schemas/';

/** Turns the schemas that validate into those of the document. Schemas with an `id` become components of it. */
export class SchemaWriter {
  readonly components: Record<string, JsonSchema> = {};

  /** The schema as what clients send, or are sent. */
  write(schema: z.ZodType): JsonSchema {
    // Within another schema, one that has an id is a reference to it.
    const { $defs = {}, properties = {} } = z.toJSONSchema(z.object({ schema }), {
      io: 'input',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => simplify(jsonSchema),
    });
    for (const [id, definition] of Object.entries($defs)) this.components[id] ??= refer(definition);
    return refer(properties.schema as JsonSchema);
  }

  /** The properties of an object as schemas of their own, and which of them are required. */
  properties(schema: z.ZodType): readonly (readonly [name: string, schema: JsonSchema, required: boolean])[] {
    const { properties = {}, required = [] } = this.write(schema);
    return Object.entries(properties).map(([name, property]) => [
      name,
      property as JsonSchema,
      required.includes(name),
    ]);
  }
}

/** Leaves out patterns that say no more than the type or the format does, and limits that every number has. */
function simplify(schema: JsonSchema): void {
  // The default of a query parameter is text, as all of a query is.
  if (schema.type === 'integer' && typeof schema.default === 'string')
    schema.default = Number(schema.default);
  if (schema.type === 'integer' || schema.format !== undefined) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

/** A copy with references that are those of the document. */
function refer(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  return JSON.parse(text.replaceAll('"#/$defs/', `"${COMPONENTS}`)) as JsonSchema;
}
