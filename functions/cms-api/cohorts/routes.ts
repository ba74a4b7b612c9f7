import { z } from 'zod';
import { realTimeCohortsMax } from '#shared/domain/cohorts/cohort-rules.ts';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { slug } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { CohortCreation } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort, noTenant } from '../refusals.ts';
import { checkDefinition } from './check-definition.ts';
import {
  cohortAnswer,
  cohortIdPath,
  cohortsAnswer,
  cohortUrl,
  listedCohort,
  newCohort,
  showCohort,
} from './document.ts';
import { deleteCohort, previewCohort, recomputeCohort, updateCohort } from './manage-routes.ts';
import {
  deleteMember,
  getMember,
  listMembers,
  listMembersAt,
  putMember,
  uploadMembers,
} from './member-routes.ts';
import { uploadRoutes } from './upload-routes.ts';

/** Cohorts and their members. */
export const cohortRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createCohort(dependencies),
  listCohorts(dependencies),
  getCohort(dependencies),
  updateCohort(dependencies),
  deleteCohort(dependencies),
  recomputeCohort(dependencies),
  previewCohort(dependencies),
  uploadMembers(dependencies),
  ...uploadRoutes(dependencies),
  listMembersAt(dependencies),
  listMembers(dependencies),
  getMember(dependencies),
  putMember(dependencies),
  deleteMember(dependencies),
];

/** POST /cohorts: makes a cohort of the token's tenant with its first members, once per request. */
const createCohort = (dependencies: Dependencies) =>
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
      409: 'The name is taken, or the tenant has too many REAL_TIME cohorts',
      422: 'Computing the cohort is too expensive',
    },
    handle: async ({ body, caller: { tenantId, subject }, idempotencyKey: requestKey }) => {
      const { cohortLists, clock, requestRecompute } = dependencies;
      const { description, definition, rules } = body;
      const now = clock();
      await checkDefinition(dependencies, body, { tenantId, asOf: now });
      const created = {
        tenantId,
        ...body,
        description,
        definition,
        rules,
        createdBy: subject,
        requestKey,
      };
      const creation = await cohortLists.create(created, earliestEffect(now));
      if (creation.kind !== 'created') throw refusedCreation(creation.kind, created);
      if (definition !== undefined)
        await requestRecompute({ tenantId, cohortId: creation.cohort.cohortId }, now);
      return showCohort(creation.cohort, cohortUrl(creation.cohort.cohortId));
    },
  });

const refusedCreation = (
  kind: Exclude<CohortCreation['kind'], 'created'>,
  { tenantId, cohort }: Readonly<{ tenantId: string; cohort: string }>,
): HttpProblem => {
  switch (kind) {
    case 'exists':
      return new HttpProblem(409, 'cohort-exists', `Cohort ${cohort} already exists`);
    case 'in-use': {
      const detail = `Cohort ${cohort} has members, or a promotion uses it: a REAL_TIME cohort needs another name`;
      return new HttpProblem(409, 'cohort-in-use', detail);
    }
    case 'too-many': {
      const detail = `A tenant has at most ${realTimeCohortsMax} REAL_TIME cohorts: delete another one`;
      return new HttpProblem(409, 'too-many-cohorts', detail);
    }
    case 'unknown-tenant':
      return noTenant(tenantId);
  }
};

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
