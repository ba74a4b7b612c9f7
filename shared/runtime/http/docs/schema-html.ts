import { type Html, html, none } from './html.ts';
import type { Schema } from './openapi.ts';

/** Where the page has the schema of a name. */
export const schemaAnchor = (name: string): string => `schema-${name}`;

/** A schema in a few words: its type or a link to it, and the bounds that it sets. */
export const schemaWords = (schema: Schema = {}): Html =>
  html`${kindWords(schema)}${boundWords(schema)}`;

const kindWords = (schema: Schema): Html => {
  const { $ref, items, enum: choices, const: constant } = schema;
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if ($ref !== undefined) return reference($ref);
  if (constant !== undefined) return html`<code>${JSON.stringify(constant)}</code>`;
  if (choices !== undefined) return joined(choices.map((choice) => kindWords({ const: choice })));
  if (variants !== undefined) return joined(variants.map(schemaWords));
  return items === undefined ? typeWords(schema) : html`list of ${schemaWords(items)}`;
};

const reference = ($ref: string): Html => {
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
};

/** What a schema holds, one row per field; a field that holds fields itself is followed by them. */
export const fieldRows = (schema: Schema, prefix = ''): readonly Html[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const needed = schema.required?.includes(name) === true ? 'yes' : 'no';
    const row = html`<tr><th scope="row"><code>${path}</code></th><td>${schemaWords(field)}</td>
      <td>${needed}</td><td>${field.description ?? ''}</td></tr>`;
    return [row, ...fieldRows(field, `${path}.`), ...fieldRows(field.items ?? {}, `${path}[].`)];
  });

const joined = (words: readonly Html[]): Html =>
  html`${words.map((word, index) => (index === 0 ? word : html` or ${word}`))}`;

const typeWords = ({ type = 'anything', format }: Schema): Html => {
  const words = [type].flat().join(' or ');
  return format === undefined ? html`${words}` : html`${words} (${format})`;
};

const boundWords = ({ minimum, maximum, pattern, default: usual }: Schema): Html => {
  const bounds = [
    minimum === undefined ? none : html`, at least ${minimum}`,
    maximum === undefined ? none : html`, at most ${maximum}`,
    pattern === undefined ? none : html`, <code>${pattern}</code>`,
    usual === undefined ? none : html`, <code>${JSON.stringify(usual)}</code> when not given`,
  ];
  return html`${bounds}`;
};
