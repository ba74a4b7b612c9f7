import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiSchemaObject,
} from 'zod-openapi';
import type { AnyRoute } from '#shared/runtime/route.ts';

/** What every protected operation may answer besides its own problems. */
const commonProblems: Readonly<Record<number, string>> = {
  400: 'A parameter does not fit: the detail names it',
  401: 'No token, or one that does not hold',
  403: 'The token is for another tenant or lacks the scope',
  503: 'Something we need is away for now: try again',
};

/** Makes the OpenAPI 3.1 document of an HTTP function from its routes. */
export const openapiDocument = (name: string, routes: readonly AnyRoute[]): object =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: name,
      version: '1.0.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problem },
    },
    paths: Object.fromEntries(
      routes.map((route) => [route.path, { [route.method.toLowerCase()]: operation(route) }]),
    ),
  });

/** RFC 9457. */
const problem: ZodOpenApiSchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: 'urn:guerdon:problem: and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable name of the problem' },
    detail: { type: 'string', description: 'What is wrong with this very request' },
  },
};

const operation = (route: AnyRoute): ZodOpenApiOperationObject => ({
  operationId: route.id,
  summary: route.summary,
  security: [{ bearer: [route.scope] }],
  requestParams: { path: route.params, query: route.query },
  responses: {
    200: {
      description: 'OK',
      content: { 'application/json': { schema: route.response } },
    },
    ...Object.fromEntries(
      Object.entries({ ...commonProblems, ...route.problems }).map(([status, description]) => [
        status,
        {
          description,
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      ]),
    ),
  },
});
