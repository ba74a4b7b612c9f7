import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { shownInstant } from '../fields.ts';
import { noCohort, noTenant } from '../refusals.ts';
import { cohortAnswer, cohortIdPath, cohortUrl, newCohort, showCohort } from './document.ts';
import { deleteMember, getMember, listMembers, putMember, uploadMembers } from './member-routes.ts';

/** Cohorts and their members. */
export const cohortRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createCohort(dependencies),
  getCohort(dependencies),
  recomputeCohort(dependencies),
  uploadMembers(dependencies),
  listMembers(dependencies),
  getMember(dependencies),
  putMember(dependencies),
  deleteMember(dependencies),
];

/** POST /cohorts: makes a cohort of the token's tenant with its first members, once per request. */
const createCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
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

/** GET /cohorts/{cohortId}: a cohort and its size. */
const getCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
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

const computedCohort = z
  .object({
    cohortId: z.uuid(),
    size: z.int(),
    computedAt: shownInstant.describe('When the members were counted'),
  })
  .meta({ id: 'ComputedCohort' });

/**
 * POST /cohorts/{cohortId}:recompute: counts the members of a list anew; there is no more to
 * compute of one.
 */
const recomputeCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
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
