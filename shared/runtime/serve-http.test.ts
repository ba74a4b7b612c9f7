import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Authenticate } from './auth.ts';
import { HttpProblem } from './problem.ts';
import { defineRoute } from './route.ts';
import { createHttpFunction } from './serve-http.ts';

const echo = defineRoute({
  method: 'GET',
  path: '/api/v1/tenants/{tenantId}/things/{thing}:show',
  id: 'showThing',
  summary: 'Shows a thing',
  scope: 'things:read',
  params: z.object({ tenantId: z.string(), thing: z.string() }),
  query: z.object({ n: z.coerce.number().int().min(1).max(9).default(1) }),
  response: z.object({ thing: z.string(), n: z.number() }),
  handle: ({ params: { thing }, query: { n } }) => {
    if (thing === 'bug') throw new Error('select secret from table');
    if (thing === 'down') throw new Unavailable('redis', 'ECONNREFUSED 10.0.0.7');
    if (thing === 'none') throw new HttpProblem(404, 'thing-unknown', 'There is no thing none');
    return Promise.resolve({ thing, n });
  },
});

const authenticate: Authenticate = ({ headers }) => {
  const [tenantId = '', ...scopes] = (headers.authorization ?? '').split(' ');
  return Promise.resolve({ tenantId, subject: 's', scopes: new Set(scopes), unrestricted: false });
};

const handle = createHttpFunction(
  { routes: [echo], authenticate, openapi: '{"openapi":"3.1.0"}' },
  pino({ level: 'silent' }),
);
const server = createServer((request, response) => void handle(request, response)).listen(
  0,
  '127.0.0.1',
);
afterAll(() => server.close());

const get = async (path: string, authorization = 'acme things:read', method = 'GET') => {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization },
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown>,
  };
};

describe('createHttpFunction', () => {
  it('answers with what the route says', async () => {
    const { status, body } = await get('/api/v1/tenants/acme/things/a%20b:show?n=3');
    expect({ status, body }).toEqual({ status: 200, body: { thing: 'a b', n: 3 } });
  });

  it.each([
    ['/api/v1/tenants/acme/things/x:show?n=0', 400, 'invalid-request'],
    ['/api/v1/tenants/acme/things/x:show?n=abc', 400, 'invalid-request'],
    ['/api/v1/tenants/acme/things/%ff:show', 400, 'malformed-path'],
    ['/api/v1/tenants/acme/things/none:show', 404, 'thing-unknown'],
    ['/api/v1/tenants/acme/things', 404, 'not-found'],
    ['/api/v1/tenants/other/things/x:show', 403, 'tenant-forbidden'],
    ['/api/v1/tenants/acme/things/down:show', 503, 'redis-unavailable'],
    ['/api/v1/tenants/acme/things/bug:show', 500, 'internal-error'],
  ])('answers %s with %i %s', async (path, status, code) => {
    expect(await get(path)).toMatchObject({ status, body: { status, code } });
  });

  it('names the parameter that is wrong', async () => {
    const { body } = await get('/api/v1/tenants/acme/things/x:show?n=0');
    expect(body['detail']).toContain('query parameter n: ');
  });

  it.each(['bug', 'down'])('keeps its inside to itself when it fails: %s', async (thing) => {
    const { body } = await get(`/api/v1/tenants/acme/things/${thing}:show`);
    expect(JSON.stringify(body)).not.toMatch(/select|10\.0\.0\.7|at /);
  });

  it('refuses a token without the scope', async () => {
    expect(await get('/api/v1/tenants/acme/things/x:show', 'acme')).toMatchObject({
      status: 403,
      body: { code: 'scope-missing' },
    });
  });

  it('says which methods a path takes', async () => {
    const { status, headers } = await get(
      '/api/v1/tenants/acme/things/x:show',
      undefined,
      'DELETE',
    );
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('shows its document to anyone', async () => {
    expect((await get('/openapi.json', '')).body).toEqual({ openapi: '3.1.0' });
  });
});
