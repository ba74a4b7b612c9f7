import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Authenticate, Caller } from './auth.ts';
import type { Closer } from './closer.ts';
import { type HttpFunction, serve } from './host.ts';
import { createLogger, type Logger } from './log.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from './problem.ts';
import { type AnyRoute, createMatcher } from './route.ts';

type Options = Readonly<{
  name: string;
  /** `import.meta.main` of the function's index. */
  main: boolean;
  routes: readonly AnyRoute[];
  authenticate: Authenticate;
  /** The OpenAPI document made at build time, served at /openapi.json without a token. */
  openapi: string;
  close?: readonly Closer[];
}>;

/** Serves a function of HTTP requests: authenticates, checks tenant and scope, parses, handles, answers JSON. */
export const serveHttp = async ({ name, main, close = [], ...options }: Options): Promise<void> => {
  const log = createLogger(name);
  await serve({ name, main, log, handle: createHttpFunction(options, log), close });
};

/** The HTTP function behind serveHttp, for both hosts. */
export const createHttpFunction = (
  { routes, authenticate, openapi }: Pick<Options, 'routes' | 'authenticate' | 'openapi'>,
  log: Logger,
): HttpFunction => {
  const match = createMatcher(routes);
  return async (request, response) => {
    try {
      const { pathname, searchParams } = parseUrl(request.url);
      if (pathname === '/openapi.json') {
        sendJson(response, openapi);
        return;
      }
      const { route, params } = match(request.method ?? '', pathname);
      const caller = await authenticate(request);
      authorize({ route, caller, tenantId: params['tenantId'] });
      const body = await route.handle({
        caller,
        params: parsePart(route.params, params, 'path parameter'),
        query: parsePart(route.query, Object.fromEntries(searchParams), 'query parameter'),
      });
      sendJson(response, JSON.stringify(body));
    } catch (error) {
      const problem = toProblem(error);
      logProblem(
        log.child({ path: request.url, correlationId: correlationOf(request) }),
        problem,
        error,
      );
      sendProblem(response, problem);
    }
  };
};

const parseUrl = (url = '/'): URL => {
  const parsed = URL.parse(url, 'http://localhost');
  if (parsed === null)
    throw new HttpProblem(400, 'malformed-url', 'The request target is not a URL');
  return parsed;
};

type Access = Readonly<{ route: AnyRoute; caller: Caller; tenantId: string | undefined }>;

/** A token is good for its own tenant and for the scopes it names. */
const authorize = ({ route, caller, tenantId }: Access): void => {
  if (caller.unrestricted) return;
  if (!caller.scopes.has(route.scope)) {
    throw new HttpProblem(403, 'scope-missing', `This needs the scope ${route.scope}`);
  }
  if (tenantId !== undefined && tenantId !== caller.tenantId) {
    throw new HttpProblem(403, 'tenant-forbidden', 'The token is for another tenant');
  }
};

const parsePart = (schema: z.ZodObject, values: Record<string, string>, what: string) => {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const defects = result.error.issues.map(
    ({ path, message }) => `${what} ${path.join('.')}: ${message}`,
  );
  throw new HttpProblem(400, 'invalid-request', defects.join('; '));
};

const sendJson = (response: ServerResponse, body: string): void => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};

const correlationOf = ({ headers }: IncomingMessage) =>
  headers['x-correlation-id'] ?? headers['traceparent'];
