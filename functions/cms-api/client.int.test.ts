import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { ApiProblem, bodyOf, type CmsApi, createClient } from '#clients';
import { allScopes, issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { createHttpFunction } from '#shared/runtime/http/serve-http.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes as compose } from './routes.ts';
import { stores } from './stores.ts';

const { routes, sql } = await cmsWorld((clients) =>
  compose({ ...stores(clients), clock: clients.clock }),
);
const secret = 'a-secret-of-tests-with-32-characters';
const handle = createHttpFunction(
  {
    routes,
    openapi: '{}',
    idempotency: idempotentRequests(sql),
    authenticate: authenticator({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: secret, ...tokenClaims }),
  },
  pino({ level: 'silent' }),
);
const server = createServer((request, response) => void handle(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');
afterAll(() => server.close());

const { port } = server.address() as AddressInfo;
const cms = createClient<CmsApi>({
  url: `http://127.0.0.1:${port}`,
  token: () => issueToken({ secret, tenantId: 'acme', scopes: allScopes }),
});
const header = () => ({ 'Idempotency-Key': randomUUID() });
const path = { tenantId: 'acme' };
const pools = '/api/v1/tenants/{tenantId}/coupon-pools';
const members = '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members';

it('calls operations by their paths, with their parameters and responses', async () => {
  const body = { cohort: 'vip', name: 'VIP', members: ['a', 'b'] };
  const made = await cms.POST('/api/v1/cohorts', { params: { header: header() }, body });
  expect(made.response.status).toBe(201);
  expect(made.data).toMatchObject({ cohort: 'vip', size: 2 });
  const params = { path: { cohortId: made.data?.cohortId ?? '' } };
  const found = await cms.GET('/api/v1/cohorts/{cohortId}', { params });
  expect(found.data).toEqual(made.data);
  expect(found.response.headers.get('etag')).toBe('"1"');
  const member = { path: { ...path, cohort: 'vip', customerId: 'a' } };
  const removed = await cms.DELETE(`${members}/{customerId}`, { params: member });
  expect(removed.response.status).toBe(204);
  expect(removed.data).toBeUndefined();
  const page = { path: { ...path, cohort: 'vip' }, query: { limit: 1 } };
  expect(await bodyOf(cms.GET(members, { params: page }))).toMatchObject({
    members: [{ customerId: 'b' }],
  });
});

it('escapes what it puts into a path', async () => {
  const code = { ...path, pool: 'codes', code: '10%/OFF?' };
  const pool = { path: { ...path, pool: 'codes' } };
  await bodyOf(cms.POST(pools, { params: { path, header: header() }, body: { pool: 'codes' } }));
  const body = { codes: [code.code] };
  await bodyOf(cms.POST(`${pools}/{pool}/codes:import`, { params: pool, body }));
  const found = cms.GET(`${pools}/{pool}/codes/{code}`, { params: { path: code } });
  expect(await bodyOf(found)).toMatchObject({ state: 'free' });
});

it('throws a refusal with its status, code and detail', async () => {
  const params = { path: { cohortId: randomUUID() } };
  const refused = await bodyOf(cms.GET('/api/v1/cohorts/{cohortId}', { params })).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(ApiProblem);
  expect(refused).toMatchObject({
    status: 404,
    code: 'cohort-not-found',
    message: `Cohort ${params.path.cohortId} does not exist`,
  });
});
