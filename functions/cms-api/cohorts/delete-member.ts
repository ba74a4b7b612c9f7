import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { memberPath } from '../parameters.ts';

/** DELETE …/members/{customerId}: a customer is no member from now on; orders placed before stay those of a member. */
export const deleteMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'deleteCohortMember',
    summary: 'Take a customer out of a cohort from now on',
    scope: 'cms:write',
    params: memberPath,
    query: z.object({}),
    status: 204,
    handle: async ({ params, caller: { subject } }) => {
      await cohorts.remove(params, { at: clock(), subject });
    },
  });
