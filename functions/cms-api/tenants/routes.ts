import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { newTenant, retention, showTenant, tenantAnswer } from './document.ts';
import { getPushDefaults, setPushDefaults } from './push-default-routes.ts';

/** Tenants. */
export const tenantRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createTenant(dependencies),
  getTenant(dependencies),
  setRetention(dependencies),
  getPushDefaults(dependencies),
  setPushDefaults(dependencies),
];

/**
 * POST /tenants: makes a tenant with the program points, the board main and limits that limit
 * nothing yet. For operators, whose token may be of any tenant. Creating the same tenant again
 * changes nothing.
 */
const createTenant = ({ tenants }: Pick<Dependencies, 'tenants'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants',
    id: 'createTenant',
    summary: 'Create a tenant with a default program, board and limits',
    scope: 'tenants:create',
    params: z.object({}),
    query: z.object({}),
    body: newTenant,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: tenantAnswer,
    problems: {
      409: 'A tenant with this id already exists with a different name, currency or time zone',
    },
    handle: async ({ body, caller: { subject: createdBy } }) => {
      const creation = await tenants.create({ ...body, createdBy });
      if (creation.kind === 'exists') {
        const detail = `Tenant ${body.tenantId} already exists with a different name, currency or time zone`;
        throw new HttpProblem(409, 'tenant-exists', detail);
      }
      const location = `/api/v1/tenants/${body.tenantId}`;
      return reply({ headers: { location }, body: showTenant(creation.record) });
    },
  });

/** GET /tenants/{tenantId}: the tenant of the token. */
const getTenant = ({ tenants }: Pick<Dependencies, 'tenants'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}',
    id: 'getTenant',
    summary: 'Get a tenant',
    scope: 'cms:read',
    params: tenantPath,
    query: z.object({}),
    response: tenantAnswer,
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params: { tenantId } }) => {
      const record = await tenants.find(tenantId);
      if (record === undefined) throw noTenant(tenantId);
      return showTenant(record);
    },
  });

/**
 * POST /tenants/{tenantId}/retention: sets how long records stay before they are archived.
 * Repeating changes nothing.
 */
const setRetention = ({ tenants }: Pick<Dependencies, 'tenants'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/retention',
    id: 'setRetention',
    summary: "Set a tenant's retention, after which records are archived",
    scope: 'cms:write',
    params: tenantPath,
    query: z.object({}),
    body: retention,
    response: tenantAnswer,
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params: { tenantId }, body, caller: { subject } }) => {
      const record = await tenants.setRetention(tenantId, { retention: body, subject });
      if (record === undefined) throw noTenant(tenantId);
      return showTenant(record);
    },
  });
