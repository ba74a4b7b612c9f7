import { type Html, html, none } from './html.ts';
import type { Content, OpenapiDocument, Operation, Parameter, Schema } from './openapi.ts';
import { fieldRows, schemaAnchor, schemaWords } from './schema-html.ts';

/** Writes an OpenAPI document as one page for people: headings, tables and links, without script or any other address. */
export const docsPage = (openapi: string): string => {
  const { info, paths, components } = JSON.parse(openapi) as OpenapiDocument;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const schemas = Object.entries(components?.schemas ?? {});
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${style}</style>
</head>
<body>
<header><h1>${info.title} API</h1>
<p>Version ${info.version}. The same as a document: <a href="openapi.json">openapi.json</a>.</p></header>
<nav aria-label="Operations"><ul>${operations.map(({ operation }) => link(operation))}</ul></nav>
<main>
${operations.map(operationSection)}
<h2>Schemas</h2>
${schemas.map(schemaSection)}
</main>
</body>
</html>
`;
  return page.text;
};

const style = html`
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
section { border-top: 1px solid; margin-top: 2rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: start; font-weight: bold; padding-top: 1rem; }
th, td { text-align: start; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
`;

const link = ({ operationId, summary }: Operation): Html =>
  html`<li><a href="#${operationId}">${summary}</a></li>`;

type Listed = Readonly<{ path: string; method: string; operation: Operation }>;

const operationSection = ({ path, method, operation }: Listed): Html => html`
<section id="${operation.operationId}" aria-labelledby="${operation.operationId}-title">
<h2 id="${operation.operationId}-title"><code>${method.toUpperCase()} ${path}</code></h2>
<p>${operation.summary}</p>
<p>Scope: ${scopes(operation)}</p>
${parameterTable(operation.parameters ?? [])}
${requestBody(operation)}
${answerTable(operation)}
</section>`;

const scopes = ({ security = [] }: Operation): Html[] =>
  security
    .flatMap(({ bearer = [] }) => bearer)
    .map((scope, index) => html`${index === 0 ? '' : ' or '}<code>${scope}</code>`);

const parameterTable = (parameters: readonly Parameter[]): Html =>
  parameters.length === 0
    ? none
    : html`<table><caption>Parameters</caption>
<thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th>
<th scope="col">Required</th><th scope="col">Meaning</th></tr></thead>
<tbody>${parameters.map(parameterRow)}</tbody></table>`;

const parameterRow = ({ name, in: place, required = false, ...rest }: Parameter): Html => html`
<tr><th scope="row"><code>${name}</code></th><td>${place}</td><td>${schemaWords(rest.schema)}</td>
<td>${required ? 'yes' : 'no'}</td><td>${rest.description ?? ''}</td></tr>`;

const requestBody = ({ requestBody: body }: Operation): Html =>
  body === undefined ? none : html`<h3>Body</h3>${contentWords(body.content)}`;

const contentWords = (content: Content = {}): Html[] =>
  Object.entries(content).map(([type, { schema = {} }]) => {
    const rows = fieldRows(schema);
    return html`<p>${type}: ${schemaWords(schema)}</p>${rows.length === 0 ? none : fieldTable('Fields', rows)}`;
  });

const answerTable = ({ responses }: Operation): Html => html`
<table><caption>Answers</caption>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>${Object.entries(responses).map(
  ([status, { description, content }]) => html`
<tr><th scope="row">${status}</th><td>${description}</td><td>${contentWords(content)}</td></tr>`,
)}</tbody></table>`;

const schemaSection = ([name, schema]: readonly [string, Schema]): Html => html`
<section id="${schemaAnchor(name)}" aria-labelledby="${schemaAnchor(name)}-title">
<h3 id="${schemaAnchor(name)}-title">${name}</h3>
<p>${schema.description ?? ''}</p>
${schema.properties === undefined ? html`<p>${schemaWords(schema)}</p>` : fieldTable('Fields', fieldRows(schema))}
</section>`;

const fieldTable = (caption: string, rows: readonly Html[]): Html => html`
<table><caption>${caption}</caption>
<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Required</th>
<th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody></table>`;
