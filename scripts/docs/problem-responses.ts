import type { ZodOpenApiResponsesObject, ZodOpenApiSchemaObject } from 'zod-openapi';
import { type AnyRoute, isWrite } from '#shared/runtime/route.ts';

/** RFC 9457. */
export const problemSchema: ZodOpenApiSchemaObject = {
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

type Problems = Readonly<Record<number, string>>;

/** What every protected operation may answer besides its own problems. */
const commonProblems: Problems = {
  400: 'A parameter does not fit: the detail names it',
  401: 'No token, or one that does not hold',
  403: 'The token is for another tenant or lacks the scope',
  503: 'Something we need is away for now: try again',
};

const bodyProblems: Problems = {
  400: 'A parameter or a field of the body does not fit: the detail names it',
  413: 'The body is too large',
  415: 'The body is not application/json',
};

const idempotencyProblems: Problems = {
  409: 'The first request with this Idempotency-Key is under way: ask again after Retry-After',
  422: 'The Idempotency-Key was for another request',
};

/** All refusals of a route by status. What it says itself of one goes before what is said of every route. */
export const problemResponses = (route: AnyRoute): ZodOpenApiResponsesObject => {
  const { problems: own = {} } = route;
  const usual = runtimeProblems(route);
  // A route may well have its own 409 and 422, which do not make these go away.
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
  ...(ifMatch !== undefined && { 412: 'If-Match names another version than the current one' }),
  ...(ifMatch === 'required' && { 428: 'The If-Match is missing' }),
});

const response = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
