import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { caps, type LimitAccess, limitsAnswer, showLimits, tagOf } from './limits-answer.ts';

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

/** POST …/limits and …/user-limits: puts caps in the place of those of a scope; they hold from the next incentive on. Repeating changes nothing. */
export const setLimits = (dependencies: LimitAccess, scope: keyof typeof routesOf) =>
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
        isCurrent: (limits) => ifMatch === undefined || ifMatch === tagOf(limits),
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
