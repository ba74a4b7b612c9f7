import { expect, it } from 'vitest';
import { createDocument } from 'zod-openapi';
import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from './read-board.ts';
import { routes } from './routes.ts';

const problemOf = (description: string) => ({
  description,
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  },
});

const operationOf = ({ id, summary, scope, params, query, response, problems }: AnyRoute) => ({
  operationId: id,
  summary,
  security: [{ bearer: [scope] }],
  requestParams: { path: params, query },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: response } } },
    400: problemOf('A parameter is out of bounds; the detail names it'),
    401: problemOf('No token, or one that does not hold'),
    403: problemOf('The token is for another tenant or lacks the scope'),
    ...Object.fromEntries(
      Object.entries(problems ?? {}).map(([status, text]) => [status, problemOf(text)]),
    ),
  },
});

it('the document says what the routes are; `vitest run -u` writes it anew', async () => {
  const table = routes({} as Dependencies);
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: 'Guerdon leaderboards', version: '1', license: { name: 'Apache-2.0' } },
    paths: Object.fromEntries(table.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string' },
            detail: { type: 'string' },
          },
        },
      },
    },
  });
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(
    '../../docs/api/leaderboard-api.json',
  );
});
