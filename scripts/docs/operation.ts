import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { SuccessStatus } from '#shared/runtime/http/reply.ts';
import { keyLengthMax } from '#shared/runtime/http/requests/idempotency-key.ts';
import { type AnyRoute, isWrite, successStatuses } from '#shared/runtime/http/route.ts';
import { problemResponses } from './problem-responses.ts';

/** A route as an OpenAPI operation. Each scope that opens it is an alternative. */
export const operation = (route: AnyRoute): ZodOpenApiOperationObject => ({
  operationId: route.id,
  summary: route.summary,
  security: [route.scope, ...(route.openTo ?? [])].map((scope) => ({ bearer: [scope] })),
  requestParams: {
    path: route.params,
    query: route.query,
    ...(takesHeaders(route) && { header: headers(route) }),
  },
  ...(route.body !== undefined && {
    requestBody: { required: true, content: { 'application/json': { schema: route.body } } },
  }),
  ...(route.streams !== undefined && {
    requestBody: {
      required: true,
      content: Object.fromEntries(
        route.streams.map((mediaType) => [mediaType, { schema: { type: 'string' as const } }]),
      ),
    },
  }),
  responses: { ...successResponses(route), ...problemResponses(route) },
});

const takesKey = (route: AnyRoute): boolean => isWrite(route) && route.streams === undefined;

const takesHeaders = (route: AnyRoute): boolean => takesKey(route) || route.ifMatch !== undefined;

const idempotencyKey = z
  .string()
  .min(1)
  .max(keyLengthMax)
  .describe(
    'A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again',
  );

const entityTag = z.string().describe('ETag of the version you are updating, including the quotes');

const headers = ({ ifMatch, ...route }: AnyRoute) =>
  z.object({
    ...(takesKey(route) && {
      'Idempotency-Key': route.idempotent === true ? idempotencyKey : idempotencyKey.optional(),
    }),
    ...(ifMatch !== undefined && {
      'If-Match': ifMatch === 'required' ? entityTag : entityTag.optional(),
    }),
  });

const words: Readonly<Record<SuccessStatus, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
};

const replayed = z.object({
  'idempotency-replayed': z
    .literal('true')
    .optional()
    .describe('true if this is the stored response to an earlier request with the same key'),
});

const sent = {
  etag: z.string().describe('Current version; send it as If-Match to update'),
  location: z.string().describe('Path of the new resource'),
} as const;
const names = { etag: 'ETag', location: 'Location' } as const;

/** The headers of a success, by name; undefined if there are none. */
const sentHeaders = (route: AnyRoute) => {
  const own = (route.sends ?? []).map((header) => [names[header], sent[header]] as const);
  const shape = { ...Object.fromEntries(own), ...(takesKey(route) && replayed.shape) };
  return Object.keys(shape).length === 0 ? {} : { headers: z.object(shape) };
};

const successResponses = (route: AnyRoute): ZodOpenApiResponsesObject =>
  Object.fromEntries(
    successStatuses(route).map((status) => [
      status,
      {
        description: words[status],
        ...sentHeaders(route),
        ...(status !== 204 &&
          route.response !== undefined && {
            content: { 'application/json': { schema: route.response } },
          }),
      },
    ]),
  );
