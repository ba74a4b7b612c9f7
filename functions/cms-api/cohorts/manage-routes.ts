import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { CohortRemoval } from '#shared/stores/postgres/cohorts/manage-cohort.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort } from '../refusals.ts';
import { checkDefinition, checkPredicate } from './check-definition.ts';
import { cohortAnswer, cohortIdPath, cohortTerms, showCohort } from './document.ts';
import { previewAnswer, previewRequest } from './predicate-document.ts';

type Managing = Pick<
  Dependencies,
  | 'cohortLists'
  | 'dynamicCohorts'
  | 'realTimeCohorts'
  | 'cohortCostMax'
  | 'requestRecompute'
  | 'clock'
>;

/**
 * PUT /cohorts/{cohortId}: replaces its name, description, definition and rules. Repeating changes
 * nothing.
 */
export const updateCohort = (dependencies: Managing) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'updateCohort',
    summary: 'Update the name, description, definition and rules of a cohort',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    body: cohortTerms,
    ifMatch: 'required',
    sends: ['etag'],
    response: cohortAnswer,
    problems: {
      404: 'The cohort does not exist',
      409: 'The definition or rules do not match the kind of the cohort',
      412: 'The cohort changed since the ETag was read',
      422: 'Computing the cohort is too expensive',
    },
    handle: async ({ params: { cohortId }, body, ifMatch, caller: { tenantId, subject } }) => {
      const { cohortLists, clock, requestRecompute } = dependencies;
      const { name, description, definition, rules } = body;
      const now = clock();
      await checkDefinition(dependencies, body, { tenantId, asOf: now });
      const key = { tenantId, cohortId };
      const change = {
        at: earliestEffect(now),
        subject,
        ifRevision: ifMatch?.slice(1, -1) ?? '',
      };
      const updated = await cohortLists.update(
        key,
        { name, description, definition, rules },
        change,
      );
      if (updated === undefined) throw noCohort(cohortId);
      if (updated.kind !== 'changed') throw refusedUpdate(updated.kind);
      if (definition !== undefined) await requestRecompute(key, now);
      return showCohort(updated.cohort);
    },
  });

const refusedUpdate = (kind: 'stale' | 'other-kind'): HttpProblem =>
  kind === 'stale'
    ? new HttpProblem(
        412,
        'cohort-changed',
        'The cohort was changed since its ETag was read; get it again',
      )
    : new HttpProblem(
        409,
        'cohort-of-other-kind',
        'A DYNAMIC cohort must have a definition, a REAL_TIME cohort must have rules, and a STATIC cohort has neither; create another cohort',
      );

/**
 * DELETE /cohorts/{cohortId}: refused while a campaign or promotion may still use it. Past orders
 * keep their ratings.
 */
export const deleteCohort = ({ cohortLists, clock }: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/cohorts/{cohortId}',
    id: 'deleteCohort',
    summary: 'Delete a cohort that no campaign or promotion uses; its name cannot be used again',
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
    computedAt: shownInstant
      .nullable()
      .describe('When the members were computed or counted; null: not yet'),
  })
  .meta({ id: 'ComputedCohort' });

/**
 * POST /cohorts/{cohortId}:recompute: counts the members of a list again, or requests the
 * recomputation of a dynamic cohort.
 */
export const recomputeCohort = ({
  cohortLists,
  requestRecompute,
  clock,
}: Pick<Dependencies, 'cohortLists' | 'requestRecompute' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts/{cohortId}:recompute',
    id: 'recomputeCohort',
    summary: 'Recompute a cohort; a dynamic one is recomputed in the background',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    status: [200, 202],
    response: computedCohort,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({ params: { cohortId }, caller: { tenantId } }) => {
      const now = clock();
      const key = { tenantId, cohortId };
      const cohort = await cohortLists.find(key, earliestEffect(now));
      if (cohort === undefined) throw noCohort(cohortId);
      const { size } = cohort;
      if (!(await cohortLists.requestRecompute(key, now)))
        return { cohortId, size, computedAt: now.toISOString() };
      await requestRecompute(key, now);
      const computedAt = cohort.recomputedAt?.toISOString() ?? null;
      return reply({ status: 202, body: { cohortId, size, computedAt } });
    },
  });

const consideredMax = 10_000;
const sampleMax = 20;

/** POST /cohorts:preview: evaluates a predicate for the first users, and saves nothing. */
export const previewCohort = (
  dependencies: Pick<Dependencies, 'dynamicCohorts' | 'cohortCostMax' | 'clock'>,
) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts:preview',
    id: 'previewCohort',
    summary: 'Preview the members and the cost of a dynamic cohort',
    scope: 'cms:read',
    params: z.object({}),
    query: z.object({}),
    body: previewRequest,
    response: previewAnswer,
    problems: { 422: 'Computing the cohort is too expensive' },
    handle: async ({ body: { predicate }, caller: { tenantId } }) => {
      const { dynamicCohorts, cohortCostMax: costMax, clock } = dependencies;
      const scope = { tenantId, asOf: clock() };
      const cost = await checkPredicate(dependencies, { predicate, path: ['predicate'] }, scope);
      const preview = await dynamicCohorts.preview(predicate, {
        ...scope,
        considerMax: consideredMax,
        sampleMax,
      });
      return { ...preview, sample: [...preview.sample], cost, costMax };
    },
  });
