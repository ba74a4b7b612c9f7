import type { Schema } from '#shared/runtime/http/docs/openapi.ts';

/** Writes a JSON schema as a type. What bounds a value and is no type is left to the API. */
export const typeText = (schema: Schema): string => {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if ('const' in schema) return literal(schema.const);
  return schema.enum?.map(literal).join(' | ') ?? compoundText(schema);
};

const compoundText = (schema: Schema): string => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return unique(alternatives.map(typeText)).join(' | ');
  if (schema.allOf !== undefined) return unique(schema.allOf.map(typeText)).join(' & ');
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? 'unknown' : types.map((type) => plainText(type, schema)).join(' | ');
};

/** Writes a field of an object, on a line of its own after what it is for. */
export const fieldText = (name: string, schema: Schema, isNeeded: boolean): string => {
  const { description } = schema;
  const comment = description === undefined ? '' : `\n  /** ${description} */`;
  const key = /^\w+$/.test(name) ? name : `'${name}'`;
  // Who writes the value may have it undefined, which JSON leaves out.
  const undefinedToo = isNeeded ? '' : ' | undefined';
  const type = typeText(schema).replaceAll('\n', '\n  ');
  return `${comment}\n  ${key}${isNeeded ? '' : '?'}: ${type}${undefinedToo};`;
};

const plains: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

const plainText = (type: string, schema: Schema): string => {
  if (type === 'array') return listText(typeText(schema.items ?? {}));
  return plains[type] ?? objectText(schema);
};

const listText = (item: string): string =>
  / [|&] /.test(item) ? `readonly (${item})[]` : `readonly ${item}[]`;

const objectText = ({ properties, required, additionalProperties }: Schema): string => {
  const fields = Object.entries(properties ?? {});
  if (fields.length > 0) {
    const lines = fields.map(([name, field]) =>
      fieldText(name, field, required?.includes(name) === true),
    );
    return `{${lines.join('')}\n}`;
  }
  if (typeof additionalProperties === 'object') {
    return `Readonly<Record<string, ${typeText(additionalProperties)}>>`;
  }
  return additionalProperties === false ? 'Readonly<Record<string, never>>' : 'object';
};

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
