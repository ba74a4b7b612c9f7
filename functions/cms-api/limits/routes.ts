import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { caps, type LimitAccess, limitsAnswer, showLimits } from './document.ts';

/** What tenants limit themselves. */
export const limitRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  getLimits(dependencies),
  setLimits(dependencies, 'GLOBAL'),
  setLimits(dependencies, 'USER'),
];

/** GET …/limits: the limits of the tenant and their usage. */
const getLimits = (dependencies: LimitAccess) =>
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

const routesOf = {
  GLOBAL: {
    path: '/api/v1/tenants/{tenantId}/limits',
    id: 'setLimits',
    summary: "Set a tenant's overall limits",
  },
  USER: {
    path: '/api/v1/tenants/{tenantId}/user-limits',
    id: 'setUserLimits',
    summary: "Set a tenant's limits per user",
  },
} as const;

/**
 * POST …/limits and …/user-limits: replaces the caps of a scope from the next incentive on.
 * Repeating changes nothing.
 */
const setLimits = (dependencies: LimitAccess, scope: keyof typeof routesOf) =>
  defineRoute({
    method: 'POST',
    ...routesOf[scope],
    scope: 'cms:write',
    params: tenantPath,
    query: z.object({}),
    body: caps,
    ifMatch: 'optional',
    sends: ['etag'],
    response: limitsAnswer,
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params: { tenantId }, body, caller: { subject }, ifMatch }) => {
      const change = await dependencies.limits.upsert(scope, body, {
        tenantId,
        subject,
        ifRevision: ifMatch?.slice(1, -1),
      });
      switch (change.kind) {
        case 'set':
          return showLimits(dependencies, change.limits);
        case 'changed-meanwhile':
          throw new HttpProblem(412, 'limits-changed', 'The limits have changed');
        case 'unknown-tenant':
          throw noTenant(tenantId);
      }
    },
  });
