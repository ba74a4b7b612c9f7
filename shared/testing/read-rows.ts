import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { createHttpFunction } from '#shared/runtime/http/serve-http.ts';
import { memoryIdempotency } from './memory-idempotency.ts';

type Sent = Readonly<{
  body: string;
  type?: string;
  /** The Content-Encoding that the request names. */
  encoding?: string;
  /** Closes the connection after so many characters; status 0 is returned then. */
  breakAt?: number;
}>;

/** PUTs a body in chunks to a route that streams, as ann of acme, and may break the connection. */
export const readRows = async (
  routes: readonly AnyRoute[],
  path: string,
  { body, type = 'text/csv', encoding, breakAt }: Sent,
): Promise<Readonly<{ status: number; body: Record<string, unknown> }>> => {
  const handled = Promise.withResolvers<undefined>();
  const handle = createHttpFunction(
    { routes, openapi: '{}', idempotency: memoryIdempotency(), authenticate },
    pino({ level: 'silent' }),
  );
  const server = createServer((incoming, response) => {
    void handle(incoming, response).finally(() => handled.resolve(undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  };
  const request = send({ host: '127.0.0.1', port, path, method: 'PUT', headers });
  const answered = answerOf(request);
  if (breakAt === undefined) request.end(body);
  else request.write(body.slice(0, breakAt), () => request.destroy());
  try {
    const answer = await answered;
    await handled.promise;
    return answer;
  } finally {
    request.destroy();
    server.closeAllConnections();
    server.close();
  }
};

const authenticate = () =>
  Promise.resolve({
    ...{ tenantId: 'acme', subject: 'ann', unrestricted: false },
    scopes: new Set(['cms:read', 'cms:write']),
  });

const answerOf = async (request: ClientRequest) => {
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  const [response] = await answered.catch(() => [undefined]);
  if (response === undefined) return { status: 0, body: {} };
  const body = (await json(response)) as Record<string, unknown>;
  return { status: response.statusCode ?? 0, body };
};
