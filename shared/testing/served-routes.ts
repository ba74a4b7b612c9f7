import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { AccessRefusal } from '#shared/runtime/http/access/access-refusal.ts';
import type { Authenticate } from '#shared/runtime/http/access/auth.ts';
import type { IdempotencyStore } from '#shared/runtime/http/requests/idempotency.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { createHttpFunction } from '#shared/runtime/http/serve-http.ts';
import { afterFile } from './servers/after-file.ts';

/** A token for tests is plain text: the tenant, the subject, the scopes. */
const inPlainWords: Authenticate = ({ headers }) => {
  const [tenantId = '', subject = '', ...scopes] = (headers.authorization ?? '').split(' ');
  return Promise.resolve({ tenantId, subject, scopes: new Set(scopes), unrestricted: false });
};

type Served = Readonly<{
  routes: readonly AnyRoute[];
  idempotency?: IdempotencyStore;
  openapi?: string;
  onRefused?: (refusal: AccessRefusal) => Promise<void>;
  /** By default tokens are plain text. */
  authenticate?: Authenticate;
  /** What a host does with a request before the function gets it. */
  prepare?: (request: IncomingMessage) => Promise<void>;
}>;

type Ask = Readonly<{
  method?: string;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}>;

/** Serves routes to the tests of a file; returns a client for subject s of acme with all scopes. */
export const servedRoutes = ({ prepare = () => Promise.resolve(), ...served }: Served) => {
  const { openapi = '{}', authenticate = inPlainWords, ...parts } = served;
  const handle = createHttpFunction({ ...parts, openapi, authenticate }, pino({ level: 'silent' }));
  const server = createServer((request, response) => {
    void prepare(request).then(() => handle(request, response));
  });
  server.listen(0, '127.0.0.1');
  afterFile(() => server.close());

  return async (path: string, asked: Ask = {}) => {
    if (!server.listening) await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, toInit(asked));
    const text = await answer.text();
    const isJson = text !== '' && answer.headers.get('content-type')?.includes('json') === true;
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined,
    };
  };
};

const toInit = ({ method = 'GET', headers = {}, body }: Ask): RequestInit => {
  const authorization = 'acme s things';
  if (body === undefined) return { method, headers: { authorization, ...headers } };
  return {
    method,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
};
