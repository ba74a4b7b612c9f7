import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { servedRoutes } from './served-routes.ts';

type Served = Parameters<typeof servedRoutes>[0];

type Options = Readonly<{
  body?: unknown;
  /** The tenant, the subject and the scopes. */
  bearer?: string;
  /** The Idempotency-Key; by default a new one for each request. */
  key?: string;
  /** The ETag of what is changed. */
  ifMatch?: string | undefined;
  /** The x-correlation-id. */
  correlationId?: string;
  traceparent?: string;
}>;

/** A refusal as a client receives it, whose detail contains a text. */
export const problem = (status: number, code: string, detail = '') => ({
  status,
  body: { status, code, detail: expect.stringContaining(detail) as string },
});

/** Serves routes and sends requests to them as one caller, with JSON both ways. */
export const apiClient = (served: Served, caller: string) => {
  const send = servedRoutes(served);
  const ask = async (method: string, path: string, options: Options = {}) => {
    const { body, bearer: authorization = caller, key = randomUUID() } = options;
    const headers = { authorization, 'idempotency-key': key, ...optionalHeaders(options) };
    const answer = await send(path, { method, headers, body });
    const { location, etag } = answer.headers;
    return {
      status: answer.status,
      body: answer.body ?? {},
      ...(location && { location }),
      ...(etag && { etag }),
    };
  };
  return {
    ask,
    get: (path: string, options: Options = {}) => ask('GET', path, options),
    post: (path: string, body: unknown = {}, options: Options = {}) =>
      ask('POST', path, { ...options, body }),
  };
};

const optionalHeaders = ({
  ifMatch,
  correlationId,
  traceparent,
}: Options): Record<string, string> => ({
  ...(ifMatch && { 'if-match': ifMatch }),
  ...(correlationId && { 'x-correlation-id': correlationId }),
  ...(traceparent && { traceparent }),
});
