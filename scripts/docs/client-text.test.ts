import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { OpenapiDocument } from '#shared/runtime/http/docs/openapi.ts';
import { clientFiles, openapiFiles } from '../docs.ts';
import { clientText } from './client-text.ts';
import { typeText } from './type-text.ts';

it.each([...clientFiles(await openapiFiles())])(
  '%s is what the documents say: run `npm run docs` when it is not',
  async (file, text) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toBe(text);
  },
);

it.each([
  [{ type: 'string' }, 'string'],
  [{ type: ['integer', 'null'] }, 'number | null'],
  [{ type: 'boolean' }, 'boolean'],
  [{}, 'unknown'],
  [{ const: "it's" }, String.raw`'it\'s'`],
  [{ enum: ['a', 1] }, "'a' | 1"],
  [{ anyOf: [{ type: 'integer' }, { type: 'number' }, { type: 'null' }] }, 'number | null'],
  [{ allOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] }, 'A & B'],
  [{ type: 'array', items: { type: 'string' } }, 'readonly string[]'],
  [{ type: 'array', items: { enum: ['a', 'b'] } }, "readonly ('a' | 'b')[]"],
  [{ type: 'object' }, 'object'],
  [
    { type: 'object', additionalProperties: { type: 'number' } },
    'Readonly<Record<string, number>>',
  ],
  [{ type: 'object', additionalProperties: false }, 'Readonly<Record<string, never>>'],
  [
    {
      type: 'object',
      required: ['n'],
      properties: { n: { type: 'integer', description: 'How many' }, 'x-y': { type: 'string' } },
    },
    "{\n  /** How many */\n  n: number;\n  'x-y'?: string | undefined;\n}",
  ],
])('the type of %j is %s', (schema, text) => {
  expect(typeText(schema)).toBe(text);
});

const gift = { $ref: '#/components/schemas/Gift' };
const document: OpenapiDocument = {
  info: { title: 'gift-api', version: '1.0.0' },
  paths: {
    '/gifts/{id}': {
      put: {
        operationId: 'putGift',
        summary: 'Put a gift',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'dry', in: 'query', description: 'Only tries', schema: { type: 'boolean' } },
        ],
        requestBody: { content: { 'application/json': { schema: gift } } },
        responses: {
          '200': { description: 'OK', content: { 'application/json': { schema: gift } } },
        },
      },
    },
    '/gifts': {
      delete: {
        operationId: 'deleteGifts',
        summary: 'Delete all gifts',
        responses: { '204': { description: 'Done' } },
      },
    },
  },
  components: { schemas: { Problem: {}, Gift: { type: 'object' } } },
};

it('an API has a type of what its operations take and answer, and a table of where they are', () => {
  expect(
    clientText('gift-api', document),
  ).toBe(`// Written by \`npm run docs\` from docs/api/gift-api.openapi.json.

type Gift = object;

/** What each operation of gift-api takes and answers. */
export type GiftApi = {
  /** Put a gift. */
  putGift: {
    asked: {
      path: {
        id: string;
      };
      query?: {
        /** Only tries */
        dry?: boolean | undefined;
      };
      body: Gift;
    };
    answer: Gift;
  };
  /** Delete all gifts. */
  deleteGifts: {
    asked: object;
    answer: undefined;
  };
};

/** Where each operation of gift-api is. */
export const giftApi = {
  putGift: { method: 'PUT', path: '/gifts/{id}' },
  deleteGifts: { method: 'DELETE', path: '/gifts' },
} as const;
`);
});
