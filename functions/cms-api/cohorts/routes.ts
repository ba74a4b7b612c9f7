import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { CohortRemoval } from '#shared/stores/postgres/cohorts/manage-cohort.ts';
import type { Dependencies } from '../dependencies.ts';
import { shownInstant, slug } from '../fields.ts';
import { pageQuery, toPage } from '../parameters.ts';
import { noCohort, noTenant } from '../refusals.ts';
import {
  cohortAnswer,
  cohortIdPath,
  cohortsAnswer,
  cohortTerms,
  cohortUrl,
  listedCohort,
  newCohort,
  showCohort,
} from './document.ts';
import {
  deleteMember,
  getMember,
  listMembers,
  listMembersAt,
  putMember,
  uploadMembers,
} from './member-routes.ts';

/** Cohorts and their members. */
export const cohortRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createCohort(dependencies),
  listCohorts(dependencies),
  getCohort(dependencies),
  updateCohort(dependencies),
  deleteCohort(dependencies),
  recomputeCohort(dependencies),
  uploadMembers(dependencies),
  listMembersAt(dependencies),
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
      const { description } = body;
      const wanted = { tenantId, ...body, description, createdBy: subject, requestKey };
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

/** GET /cohorts: the cohorts of the token's tenant. */
const listCohorts = ({ cohortLists }: Pick<Dependencies, 'cohortLists'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/cohorts',
    id: 'listCohorts',
    summary: 'List cohorts by name',
    scope: 'cms:read',
    params: z.object({}),
    query: pageQuery(slug),
    response: cohortsAnswer,
    handle: async ({ query: { limit, cursor: after }, caller: { tenantId } }) => {
      const found = await cohortLists.page(tenantId, { limit: limit + 1, after });
      const { items, nextCursor } = toPage(found, limit, ({ cohort }) => cohort);
      return { cohorts: items.map(listedCohort), nextCursor };
    },
  });

/** PUT /cohorts/{cohortId}: replaces its name and description. Repeating changes nothing. */
const updateCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'updateCohort',
    summary: 'Update the name and description of a cohort',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    body: cohortTerms,
    ifMatch: 'required',
    sends: ['etag'],
    response: cohortAnswer,
    problems: {
      404: 'The cohort does not exist',
      412: 'The cohort changed since the ETag was read',
    },
    handle: async ({ params: { cohortId }, body, ifMatch, caller: { tenantId, subject } }) => {
      const change = {
        at: earliestEffect(clock()),
        subject,
        ifRevision: ifMatch?.slice(1, -1) ?? '',
      };
      const terms = { name: body.name, description: body.description };
      const updated = await cohortLists.update({ tenantId, cohortId }, terms, change);
      if (updated === undefined) throw noCohort(cohortId);
      if (updated.kind === 'changed') return showCohort(updated.cohort);
      const detail = 'The cohort was changed since its ETag was read; get it again';
      throw new HttpProblem(412, 'cohort-changed', detail);
    },
  });

/**
 * DELETE /cohorts/{cohortId}: refused while a campaign or promotion may still use it. Past orders
 * stay those of its members.
 */
const deleteCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'deleteCohort',
    summary: 'Delete a cohort that no campaign or promotion uses; its name is not used again',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    status: 204,
    problems: {
      404: 'The cohort does not exist',
      409: 'A campaign that has not ended, or a promotion, uses the cohort',
    },
    handle: async ({ params: { cohortId }, caller: { tenantId, subject } }) => {
      const removal = await cohortLists.remove({ tenantId, cohortId }, { at: clock(), subject });
      if (removal === undefined) throw noCohort(cohortId);
      if (removal.kind === 'in-use') throw cohortInUse(removal);
    },
  });

const cohortInUse = ({ campaigns, programs }: Extract<CohortRemoval, { kind: 'in-use' }>) => {
  const users = [
    ...campaigns.map((campaignId) => `campaign ${campaignId}`),
    ...programs.map((program) => `promotions of program ${program}`),
  ];
  return new HttpProblem(409, 'cohort-in-use', `The cohort is used by ${users.join(', ')}`);
};

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
