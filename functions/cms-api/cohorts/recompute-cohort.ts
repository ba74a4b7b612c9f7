import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { shownInstant } from '../fields.ts';
import { noCohort } from '../refusals.ts';
import { cohortIdPath } from './cohort-answer.ts';

const computedCohort = z
  .object({
    cohortId: z.uuid(),
    size: z.int(),
    computedAt: shownInstant.describe('When the members were counted'),
  })
  .meta({ id: 'ComputedCohort' });

/** POST /cohorts/{cohortId}:recompute: counts the members of a list anew; there is no more to compute of one. */
export const recomputeCohort = ({
  cohortLists,
  clock,
}: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts/{cohortId}:recompute',
    id: 'recomputeCohort',
    summary: 'Recompute a cohort',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    response: computedCohort,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({ params: { cohortId }, caller: { tenantId } }) => {
      const now = clock();
      const cohort = await cohortLists.find({ tenantId, cohortId }, earliestEffect(now));
      if (cohort === undefined) throw noCohort(cohortId);
      return { cohortId, size: cohort.size, computedAt: now.toISOString() };
    },
  });
