import type { IncomingMessage } from 'node:http';
import { openBody } from '../body/body-stream.ts';
import { readJson } from '../body/read-json.ts';
import { type AnyRequest, type AnyRoute, isWrite } from '../route.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { readIfMatch } from './if-match.ts';
import { parseValues } from './parse-values.ts';

type Raw = Readonly<{
  request: IncomingMessage;
  params: Record<string, string>;
  searchParams: URLSearchParams;
}>;

/**
 * Everything that the route declares, validated; and the bytes of the body, to compare it with
 * other requests.
 */
type ParsedRequest = Omit<AnyRequest, 'caller'> & Readonly<{ bytes: Uint8Array }>;

const takesKey = (route: AnyRoute, { headers }: IncomingMessage): boolean =>
  route.idempotent === true ||
  (isWrite(route) && route.streams === undefined && headers['idempotency-key'] !== undefined);

/** Checks a request against its route. @throws HttpProblem 4xx naming what does not fit. */
export const parseRequest = async (
  route: AnyRoute,
  { request, params, searchParams }: Raw,
): Promise<ParsedRequest> => {
  const parsed = {
    params: parseValues(route.params, params, 'path parameter'),
    query: parseValues(route.query, Object.fromEntries(searchParams), 'query parameter'),
    ifMatch: readIfMatch(route, request),
    idempotencyKey: takesKey(route, request) ? readIdempotencyKey(request) : undefined,
    stream: route.streams && openBody(request, route.streams),
  };
  if (route.body === undefined) return { ...parsed, body: undefined, bytes: new Uint8Array() };
  const { bytes, value } = await readJson(request);
  return { ...parsed, body: parseValues(route.body, value, 'body'), bytes };
};
