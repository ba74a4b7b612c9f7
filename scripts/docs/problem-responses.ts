import type { ZodOpenApiResponsesObject, ZodOpenApiSchemaObject } from 'zod-openapi';
import { type AnyRoute, isWrite } from '#shared/runtime/http/route.ts';

/** RFC 9457. */
export const problemSchema: ZodOpenApiSchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: '`urn:guerdon:problem:` followed by the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable problem code' },
    detail: { type: 'string', description: 'What is wrong with this request' },
  },
};

type Problems = Readonly<Record<number, string>>;

/** What every protected operation may answer besides its own problems. */
const commonProblems: Problems = {
  400: 'A parameter is invalid; detail names it',
  401: 'The token is missing or invalid',
  403: 'The token is for another tenant or lacks the scope',
  503: 'A dependency is temporarily unavailable; retry',
};

const bodyProblems: Problems = {
  400: 'A parameter or body field is invalid; detail names it',
  413: 'The body is too large',
  415: 'The body is not application/json',
};

const idempotencyProblems: Problems = {
  409: 'A request with this Idempotency-Key is still in progress; retry after Retry-After',
  422: 'The Idempotency-Key was already used for a different request',
};

/**
 * All refusals of a route by status. The description of its own response precedes that of every
 * route.
 */
export const problemResponses = (route: AnyRoute): ZodOpenApiResponsesObject => {
  const { problems: own = {} } = route;
  const usual = runtimeProblems(route);
  // A route may have its own 409 and 422, in addition to these.
  const added: Problems = isWrite(route) ? idempotencyProblems : {};
  const statuses = Object.keys({ ...usual, ...own, ...added }).map(Number);
  return Object.fromEntries(
    statuses.map((status) => {
      const texts = [own[status] ?? usual[status], added[status]];
      return [status, response(texts.filter((text) => text !== undefined).join('; or: '))];
    }),
  );
};

const runtimeProblems = ({ body, ifMatch }: AnyRoute): Problems => ({
  ...commonProblems,
  ...(body !== undefined && bodyProblems),
  ...(ifMatch !== undefined && { 412: 'If-Match does not match the current version' }),
  ...(ifMatch === 'required' && { 428: 'If-Match is missing' }),
});

const response = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
