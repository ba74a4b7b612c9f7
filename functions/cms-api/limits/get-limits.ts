import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { type LimitAccess, limitsAnswer, showLimits } from './limits-answer.ts';

/** GET …/limits: what limits the tenant now, and how much of it is used. */
export const getLimits = (dependencies: LimitAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/limits',
    id: 'getLimits',
    summary: "Get a tenant's limits and their usage",
    scope: 'cms:read',
    params: tenantPath,
    query: z.object({}),
    sends: ['etag'],
    response: limitsAnswer,
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params: { tenantId } }) => {
      const limits = await dependencies.limits.find(tenantId);
      if (limits === undefined) throw noTenant(tenantId);
      return showLimits(dependencies, limits);
    },
  });
