/** A schema as in CRDs: OpenAPI 3 with Kubernetes' additions. */
export type CrdSchema = Readonly<{
  type?: string;
  nullable?: boolean;
  properties?: Readonly<Record<string, CrdSchema>>;
  additionalProperties?: CrdSchema | boolean;
  items?: CrdSchema;
  enum?: readonly unknown[];
  required?: readonly string[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
}>;

/** A JSON Schema, for a validator. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Turns a CRD's schema into JSON Schema that refuses what the API server would prune: a field that
 * is not declared, unless the schema keeps unknown ones. Formats, defaults and CEL rules are left
 * out.
 */
export const toJsonSchema = (schema: CrdSchema): JsonSchema => ({
  ...typeOf(schema),
  ...fieldsOf(schema),
  ...(schema.items && { items: toJsonSchema(schema.items) }),
  ...(schema.enum && { enum: schema.enum }),
  ...(schema.required && { required: schema.required }),
});

const typeOf = (schema: CrdSchema): JsonSchema => {
  if (schema['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  if (schema.type === undefined) return {};
  return { type: schema.nullable ? [schema.type, 'null'] : schema.type };
};

const fieldsOf = ({ properties, additionalProperties, ...schema }: CrdSchema): JsonSchema => {
  if (typeof additionalProperties === 'object') {
    return { additionalProperties: toJsonSchema(additionalProperties) };
  }
  if (properties === undefined) return {};
  const known = Object.entries(properties).map(([name, field]) => [name, toJsonSchema(field)]);
  const open = additionalProperties ?? schema['x-kubernetes-preserve-unknown-fields'] ?? false;
  return { properties: Object.fromEntries(known) as JsonSchema, additionalProperties: open };
};

/**
 * Like `toJsonSchema`, with the three fields that every resource has, even if its CRD does not
 * declare them.
 */
export const toResourceSchema = (schema: CrdSchema): JsonSchema =>
  toJsonSchema({
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
    },
  });
