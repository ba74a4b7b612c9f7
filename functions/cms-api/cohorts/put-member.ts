import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant, strict } from '../fields.ts';
import { memberPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { memberAnswer, showMember } from './member-answer.ts';

const membership = strict({
  since: someInstant.optional().describe('Now when left out; may be in the past or in the future'),
}).meta({ id: 'NewCohortMember' });

/** PUT …/members/{customerId}: makes a customer a member from an instant on. Repeating changes nothing. */
export const putMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'putCohortMember',
    summary: 'Make a customer a member of a cohort from an instant on, for good',
    scope: 'cms:write',
    params: memberPath,
    query: z.object({}),
    body: membership,
    response: memberAnswer,
    problems: { 404: 'There is no such tenant' },
    handle: async ({ params, body, caller: { subject } }) => {
      const member = await cohorts.add(params, { at: body.since ?? clock(), subject });
      if (member === undefined) throw noTenant(params.tenantId);
      return showMember(member);
    },
  });
