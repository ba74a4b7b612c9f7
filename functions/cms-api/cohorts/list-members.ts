import { identifier } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { cohortPath, pageQuery, toPage } from '../parameters.ts';
import { membersAnswer, showMember } from './member-answer.ts';

/** GET …/members: who is in a cohort now or will be. A cohort that nobody was ever put into is empty. */
export const listMembers = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members',
    id: 'listCohortMembers',
    summary: 'List current and future members of a cohort by customer id',
    scope: 'cms:read',
    params: cohortPath,
    query: pageQuery(identifier),
    response: membersAnswer,
    handle: async ({ params, query: { limit, cursor: after } }) => {
      const members = await cohorts.page(params, { now: clock(), limit: limit + 1, after });
      const { items, nextCursor } = toPage(members, limit, ({ customerId }) => customerId);
      return { members: items.map(showMember), nextCursor };
    },
  });
