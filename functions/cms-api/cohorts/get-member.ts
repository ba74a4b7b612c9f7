import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { memberPath } from '../parameters.ts';
import { memberAnswer, showMember } from './member-answer.ts';

/** GET …/members/{customerId}: since when a customer is in a cohort, or will be. */
export const getMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'getCohortMember',
    summary: "Get a customer's membership in a cohort",
    scope: 'cms:read',
    params: memberPath,
    query: z.object({}),
    response: memberAnswer,
    problems: { 404: 'The customer is not a current or future member of the cohort' },
    handle: async ({ params }) => {
      const member = await cohorts.find(params, clock());
      if (member !== undefined) return showMember(member);
      const detail = `Customer ${params.customerId} is not in the cohort ${params.cohort}`;
      throw new HttpProblem(404, 'member-not-found', detail);
    },
  });
