import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { allScopes, issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { type CmsApi, cmsApi } from '#shared/clients/cms-api.ts';
import { ApiProblem, createClient } from '#shared/clients/create-client.ts';
import { authenticator } from '#shared/runtime/http/auth.ts';
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
const call = createClient<CmsApi>(cmsApi, {
  url: `http://127.0.0.1:${port}`,
  token: () => issueToken({ secret, tenantId: 'acme', scopes: allScopes }),
});
const headers = () => ({ 'Idempotency-Key': randomUUID() });
const path = { tenantId: 'acme' };

it('calls operations by their ids, with what they take and answer', async () => {
  const body = { cohort: 'vip', name: 'VIP', members: ['a', 'b'] };
  const made = await call('createCohort', { headers: headers(), body });
  expect(made).toMatchObject({ status: 201, body: { cohort: 'vip', size: 2 } });
  const { cohortId } = made.body;
  const found = await call('getCohort', { path: { cohortId } });
  expect(found.body).toEqual(made.body);
  expect(found.headers.get('etag')).toBe('"2"');
  const member = { ...path, cohort: 'vip', customerId: 'a' };
  expect(await call('deleteCohortMember', { path: member })).toMatchObject({
    status: 204,
    body: undefined,
  });
  const page = { path: { ...path, cohort: 'vip' }, query: { limit: 1 } };
  expect((await call('listCohortMembers', page)).body.members).toMatchObject([{ customerId: 'b' }]);
});

it('keeps what it puts into a path in its place', async () => {
  const code = { ...path, pool: 'codes', code: '10%/OFF?' };
  await call('createCouponPool', { path, headers: headers(), body: { pool: 'codes' } });
  const body = { codes: [code.code] };
  await call('importCouponCodes', { path: { ...path, pool: 'codes' }, body });
  expect((await call('getCouponCode', { path: code })).body).toMatchObject({ state: 'free' });
});

it('throws what was refused, with its status, code and detail', async () => {
  const asked = { path: { cohortId: randomUUID() } };
  const refused = await call('getCohort', asked).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ApiProblem);
  expect(refused).toMatchObject({
    status: 404,
    code: 'cohort-not-found',
    message: `Cohort ${asked.path.cohortId} does not exist`,
  });
});
