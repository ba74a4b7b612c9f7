import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noTenant } from '../refusals.ts';
import { cohortAnswer, cohortUrl, newCohort, showCohort } from './cohort-answer.ts';

/** POST /cohorts: makes a cohort of the token's tenant with its first members, once per request. */
export const createCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts',
    id: 'createCohort',
    summary: 'Create a cohort of customers for campaigns and earning rules',
    scope: 'cms:write',
    params: z.object({}),
    query: z.object({}),
    body: newCohort,
    idempotent: true,
    status: 201,
    sends: ['etag', 'location'],
    response: cohortAnswer,
    problems: {
      404: "The token's tenant does not exist",
      409: 'A cohort with this name already exists',
    },
    handle: async ({ body, caller: { tenantId, subject }, idempotencyKey: requestKey }) => {
      const wanted = { tenantId, ...body, createdBy: subject, requestKey };
      const creation = await cohortLists.create(wanted, earliestEffect(clock()));
      switch (creation.kind) {
        case 'created':
          return showCohort(creation.cohort, cohortUrl(creation.cohort.cohortId));
        case 'exists': {
          const detail = `Cohort ${body.cohort} already exists`;
          throw new HttpProblem(409, 'cohort-exists', detail);
        }
        case 'unknown-tenant':
          throw noTenant(tenantId);
      }
    },
  });
