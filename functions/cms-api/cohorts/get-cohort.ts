import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort } from '../refusals.ts';
import { cohortAnswer, cohortIdPath, showCohort } from './cohort-answer.ts';

/** GET /cohorts/{cohortId}: a cohort and how many are in it now. */
export const getCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'getCohort',
    summary: 'A cohort and how many are in it now',
    scope: 'cms:read',
    params: cohortIdPath,
    query: z.object({}),
    response: cohortAnswer,
    problems: { 404: 'There is no such cohort' },
    handle: async ({ params: { cohortId }, caller: { tenantId } }) => {
      const cohort = await cohortLists.find({ tenantId, cohortId }, clock());
      if (cohort === undefined) throw noCohort(cohortId);
      return showCohort(cohort);
    },
  });
