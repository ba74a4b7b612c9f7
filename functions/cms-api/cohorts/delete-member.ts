import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { memberPath } from '../parameters.ts';

/** DELETE …/members/{customerId}: a customer is no member from five minutes on; orders placed before stay those of a member. */
export const deleteMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'deleteCohortMember',
    summary: 'Remove a customer from a cohort, effective in five minutes',
    scope: 'cms:write',
    params: memberPath,
    query: z.object({}),
    status: 204,
    handle: async ({ params, caller: { subject } }) => {
      await cohorts.remove(params, { at: earliestEffect(clock()), subject });
    },
  });
