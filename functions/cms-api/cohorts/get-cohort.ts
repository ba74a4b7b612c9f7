import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort } from '../refusals.ts';
import { cohortAnswer, cohortIdPath, showCohort } from './cohort-answer.ts';

/** GET /cohorts/{cohortId}: a cohort and its size. */
export const getCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'getCohort',
    summary: 'Get a cohort and its size',
    scope: 'cms:read',
    params: cohortIdPath,
    query: z.object({}),
    sends: ['etag'],
    response: cohortAnswer,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({ params: { cohortId }, caller: { tenantId } }) => {
      const cohort = await cohortLists.find({ tenantId, cohortId }, earliestEffect(clock()));
      if (cohort === undefined) throw noCohort(cohortId);
      return showCohort(cohort);
    },
  });
