import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { openapiFiles } from '../docs.ts';
import { openapiDocument } from './openapi-document.ts';

const files = await openapiFiles();

type Operation = Readonly<{
  security: unknown;
  parameters?: readonly { name: string; in: string; required?: boolean }[];
  requestBody?: unknown;
  responses: Record<string, { description: string; content?: unknown; headers?: object }>;
}>;
type Document = Readonly<{
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}>;

it.each([...files])(
  '%s describes the routes: run `npm run docs` if it does not',
  async (file, text) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toBe(text);
  },
);

it.each([...files])('%s has a parameter for each placeholder of its paths', (_file, text) => {
  const { paths } = JSON.parse(text) as Document;
  for (const [path, operations] of Object.entries(paths)) {
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters = [] } of Object.values(operations)) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name).toSorted()).toEqual(placeholders.toSorted());
    }
  }
});

const gift = z.object({ points: z.int() }).meta({ id: 'Gift' });
const onGift = {
  path: '/gifts/{id}',
  summary: 'About a gift',
  scope: 'gifts:write',
  params: z.object({ id: z.string() }),
  query: z.object({}),
} as const;

const document = JSON.parse(
  JSON.stringify(
    openapiDocument('gifts', [
      defineRoute({
        ...onGift,
        method: 'PUT',
        id: 'putGift',
        openTo: ['steward'],
        body: gift,
        idempotent: true,
        ifMatch: 'required',
        status: [200, 201],
        sends: ['etag', 'location'],
        response: gift,
        problems: { 409: 'The gift is taken' },
        handle: ({ body }) => Promise.resolve(body),
      }),
      defineRoute({
        ...onGift,
        method: 'DELETE',
        id: 'deleteGift',
        ifMatch: 'optional',
        status: 204,
        handle: () => Promise.resolve(),
      }),
    ]),
  ),
) as Document;
const { put, delete: remove } = document.paths['/gifts/{id}'] as Record<
  'put' | 'delete',
  Operation
>;

const gifts = { 'application/json': { schema: { $ref: '#/components/schemas/Gift' } } };
const headersOf = ({ parameters = [] }: Operation) =>
  parameters
    .filter((parameter) => parameter.in === 'header')
    .map(({ name, required = false }) => [name, required]);

describe('openapiDocument', () => {
  it('has the body, by the name of its schema', () => {
    expect(put.requestBody).toEqual({ required: true, content: gifts });
    expect(remove).not.toHaveProperty('requestBody');
    expect(Object.keys(document.components.schemas).toSorted()).toEqual(['Gift', 'Problem']);
  });

  it('has each status of success with what comes with it', () => {
    expect(put.responses['200']?.content).toEqual(gifts);
    expect(put.responses['201']?.content).toEqual(gifts);
    expect(Object.keys(put.responses['201']?.headers ?? {})).toEqual([
      'ETag',
      'Location',
      'idempotency-replayed',
    ]);
    expect(remove.responses['204']?.description).toBe('No content');
    expect(Object.keys(remove.responses['204']?.headers ?? {})).toEqual(['idempotency-replayed']);
    expect(remove.responses).not.toHaveProperty('200');
  });

  it('has the headers that the runtime reads', () => {
    expect(headersOf(put)).toEqual([
      ['Idempotency-Key', true],
      ['If-Match', true],
    ]);
    expect(headersOf(remove)).toEqual([
      ['Idempotency-Key', false],
      ['If-Match', false],
    ]);
  });

  it("has the problems that a route's parameters imply, and no others", () => {
    const statuses = ({ responses }: Operation) =>
      Object.keys(responses).filter((status) => status >= '400');
    const all = ['400', '401', '403', '409', '412', '413', '415', '422', '428', '503'];
    expect(statuses(put)).toEqual(all);
    expect(statuses(remove)).toEqual(['400', '401', '403', '409', '412', '422', '503']);
  });

  it('describes a problem of the route together with that of the runtime', () => {
    expect(put.responses['409']?.description).toMatch(/^The gift is taken; or: A request/);
  });

  it('has each scope as an alternative', () => {
    expect(put.security).toEqual([{ bearer: ['gifts:write'] }, { bearer: ['steward'] }]);
  });
});
