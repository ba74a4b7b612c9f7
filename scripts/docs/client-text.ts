import type { OpenapiDocument, Operation, Parameter } from '#shared/runtime/http/docs/openapi.ts';
import { fieldText, typeText } from './type-text.ts';

type Place = Readonly<{ method: string; path: string; operation: Operation }>;

/** Writes the types of an API's operations, and where each of them is, for `createClient`. */
export const clientText = (name: string, document: OpenapiDocument): string => {
  const places = placesOf(document);
  const camel = name.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
  const pascal = camel.charAt(0).toUpperCase() + camel.slice(1);
  return [
    `// Written by \`npm run docs\` from docs/api/${name}.openapi.json.`,
    ...schemasOf(document),
    `\n/** What each operation of ${name} takes and answers. */`,
    `export type ${pascal} = {${places.map(operationText).join('')}\n};`,
    `\n/** Where each operation of ${name} is. */`,
    `export const ${camel} = {${places.map(placeText).join('')}\n} as const;\n`,
  ].join('\n');
};

/** The schemas by name; refusals come as ApiProblem. */
const schemasOf = ({ components }: OpenapiDocument): readonly string[] =>
  Object.entries(components?.schemas ?? {})
    .filter(([name]) => name !== 'Problem')
    .map(([name, schema]) => `\ntype ${name} = ${typeText(schema)};`);

const placesOf = ({ paths }: OpenapiDocument): readonly Place[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );

const placeText = ({ method, path, operation }: Place): string =>
  `\n  ${operation.operationId}: { method: '${method}', path: '${path}' },`;

const operationText = ({ operation }: Place): string => {
  const parts = [...partsOf(operation), ...bodyOf(operation)];
  const asked = parts.map((part) => `\n      ${part.replaceAll('\n', '\n      ')};`).join('');
  const answer = typeText(answerOf(operation)).replaceAll('\n', '\n    ');
  return `\n  /** ${operation.summary}. */
  ${operation.operationId}: {
    asked: ${asked === '' ? 'object' : `{${asked}\n    }`};
    answer: ${answer};
  };`;
};

const wheres = { path: 'path', query: 'query', header: 'headers' };

/** The parameters by where they go; what has no needed one may be left out itself. */
const partsOf = ({ parameters = [] }: Operation): readonly string[] =>
  Object.entries(wheres).flatMap(([where, name]) => {
    const own = parameters.filter((parameter) => parameter.in === where);
    if (own.length === 0) return [];
    const mark = own.some(isNeeded) ? '' : '?';
    const fields = own.map((parameter) => {
      const { name: field, description, schema = {} } = parameter;
      const described = description === undefined ? schema : { ...schema, description };
      return fieldText(field, described, isNeeded(parameter));
    });
    return [`${name}${mark}: {${fields.join('')}\n}`];
  });

const isNeeded = ({ required }: Parameter): boolean => required === true;

const json = 'application/json';

const bodyOf = ({ requestBody }: Operation): readonly string[] => {
  const schema = requestBody?.content[json]?.schema;
  return schema === undefined ? [] : [`body: ${typeText(schema)}`];
};

const answerOf = ({ responses }: Operation) => {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
  return success?.[1].content?.[json]?.schema ?? { const: undefined };
};
