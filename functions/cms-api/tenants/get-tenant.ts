import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { showTenant, tenantAnswer } from './tenant-answer.ts';

/** GET /tenants/{tenantId}: the tenant of the token. */
export const getTenant = ({ tenants }: Pick<Dependencies, 'tenants'>) =>
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
