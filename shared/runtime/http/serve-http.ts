import type { IncomingMessage } from 'node:http';
import type { Closer } from '../drain.ts';
import { serve } from '../host.ts';
import { createLogger, type Logger } from '../log.ts';
import { pathOf } from '../path-of.ts';
import { releaseBody } from '../read-body.ts';
import { correlationOfRequest, underCorrelation } from '../request-correlation.ts';
import { type AccessRefusal, accessRefusal } from './access/access-refusal.ts';
import type { Authenticate, Caller } from './access/auth.ts';
import { authorize } from './access/authorize.ts';
import { type Answer, sendAnswer, toAnswer } from './answer.ts';
import { createDocuments } from './documents.ts';
import type { HttpFunction } from './http-function.ts';
import { createMatcher } from './match-route.ts';
import { asGone, HttpProblem, logProblem, sendProblem, toProblem } from './problem.ts';
import { createOnce, fingerprintOf, type IdempotencyStore } from './requests/idempotency.ts';
import { parseRequest } from './requests/parse-request.ts';
import { type AnyRoute, successStatuses } from './route.ts';

type Options = Readonly<{
  name: string;
  /** `import.meta.main` of the function's index. */
  main: boolean;
  routes: readonly AnyRoute[];
  authenticate: Authenticate;
  /**
   * The OpenAPI document made at build time, served without a token at /openapi.json, and at /docs
   * for people.
   */
  openapi: string;
  /** Where repeated requests are recognised; needed when a route is `idempotent`. */
  idempotency?: IdempotencyStore;
  /**
   * Called before a request is refused that may be for another tenant's resources; a failure is
   * logged and does not change the refusal.
   */
  onRefused?: (refusal: AccessRefusal) => Promise<void>;
  close?: readonly Closer[];
}>;

/**
 * Serves a function of HTTP requests: authenticates, checks tenant and scope, parses, handles each
 * request that carries an Idempotency-Key once, answers JSON.
 */
export const serveHttp = async ({ name, main, close = [], ...options }: Options): Promise<void> => {
  const log = createLogger(name);
  await serve({ name, main, log, handle: createHttpFunction(options, log), close });
};

type Parts = Pick<Options, 'routes' | 'authenticate' | 'openapi' | 'idempotency' | 'onRefused'>;

/**
 * The HTTP function behind serveHttp, for both hosts.
 * @throws Error when idempotent routes have no store.
 */
export const createHttpFunction = (parts: Parts, log: Logger): HttpFunction => {
  const answer = createAnswerer(parts, log);
  return async (request, response) => {
    const correlation = correlationOfRequest(request);
    try {
      sendAnswer(response, await underCorrelation(correlation, () => answer(request)));
    } catch (error) {
      const problem = toProblem(error);
      logProblem(
        log.child({ path: pathOf(request), correlationId: correlation.correlationId }),
        problem,
        error,
      );
      sendProblem(response, problem);
    } finally {
      releaseBody(request);
    }
  };
};

const createAnswerer = (parts: Parts, log: Logger) => {
  const { routes, authenticate, openapi } = parts;
  const match = createMatcher(routes);
  const documentAt = createDocuments(openapi);
  const respond = createResponder(parts, log);
  const reportRefusal = createRefusalReport(parts, log);

  return async (request: IncomingMessage): Promise<Answer> => {
    const url = parseUrl(request.url);
    const { pathname } = url;
    const method = request.method ?? '';
    const document = documentAt(method, pathname);
    if (document !== undefined) return document;

    const matched = match(method, pathname);
    const caller = await authenticate(request);
    const asked = { ...matched, request, method, url, caller };
    try {
      return await respond(asked);
    } catch (error) {
      await reportRefusal(asked, error);
      throw error;
    }
  };
};

type Asked = ReturnType<ReturnType<typeof createMatcher>> &
  Readonly<{ request: IncomingMessage; method: string; url: URL; caller: Caller }>;

const createRefusalReport =
  ({ onRefused }: Parts, log: Logger) =>
  async (asked: Asked, error: unknown): Promise<void> => {
    const refusal = accessRefusal(asked, toProblem(error));
    if (refusal === undefined) return;
    try {
      await onRefused?.(refusal);
    } catch (failure) {
      log.error({ err: failure, ...refusal }, 'a refused access could not be recorded');
    }
  };

const createResponder = ({ routes, idempotency }: Parts, log: Logger) => {
  const once = idempotency && createOnce(idempotency, log);
  if (once === undefined && routes.some(({ idempotent }) => idempotent === true)) {
    throw new Error('Idempotent routes need an idempotency store');
  }
  return async ({ route, params, request, method, url, caller }: Asked): Promise<Answer> => {
    const { pathname, search, searchParams } = url;
    authorize({ route, caller, tenantId: params['tenantId'] });
    const { bytes, ...parsed } = await parseRequest(route, { request, params, searchParams });
    const run = async () => {
      const result = await route.handle({ ...parsed, caller }).catch(asGone);
      return toAnswer(result, successStatuses(route)[0]);
    };
    const { idempotencyKey: key } = parsed;
    if (key === undefined || once === undefined || route.answersSecret) return run();

    // AUTH_MODE=off lets a path name another tenant than the caller's.
    const tenantId = params['tenantId'] ?? caller.tenantId;
    const fingerprint = fingerprintOf({ method, target: pathname + search, tenantId, bytes });
    return once({ request: { tenantId, subject: caller.subject, key }, fingerprint }, run);
  };
};

const parseUrl = (url = '/'): URL => {
  const parsed = URL.parse(url, 'http://localhost');
  if (parsed === null)
    throw new HttpProblem(400, 'malformed-url', 'The request target is not a URL');
  return parsed;
};
