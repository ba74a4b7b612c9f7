import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { CohortMember } from '#shared/stores/postgres/cohorts/cohort-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant } from '../fields.ts';
import { cohortPath, memberPath } from '../parameters.ts';
import { noCohort, noTenant } from '../refusals.ts';
import { cohortIdPath, memberAnswer, membersAnswer, memberUpload, showMember } from './document.ts';

/** GET …/members: who is in a cohort now or will be. A cohort that never had a member is empty. */
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

/** GET /cohorts/{cohortId}/members: who is in a cohort at an instant. */
export const listMembersAt = ({
  cohortLists,
  clock,
}: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/cohorts/{cohortId}/members',
    id: 'listCohortMembersAt',
    summary: 'List the members of a cohort at an instant by customer id',
    scope: 'cms:read',
    params: cohortIdPath,
    query: pageQuery(identifier).extend({
      at: someInstant.optional().describe('Members at this time; defaults to now'),
    }),
    response: membersAnswer,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({
      params: { cohortId },
      query: { limit, cursor: after, at = clock() },
      caller: { tenantId },
    }) => {
      const page = { at, limit: limit + 1, after };
      const members = await cohortLists.members({ tenantId, cohortId }, page);
      if (members === undefined) throw noCohort(cohortId);
      const { items, nextCursor } = toPage(members, limit, ({ customerId }) => customerId);
      return { members: items.map(showMember), nextCursor };
    },
  });

/** GET …/members/{customerId}: since when a customer is in a cohort, or will be. */
export const getMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'getCohortMember',
    summary: "Get a customer's membership in a cohort",
    scope: 'cms:read',
    params: memberPath,
    query: z.object({}),
    response: memberAnswer,
    problems: { 404: 'The customer is not a current or future member of the cohort' },
    handle: async ({ params }) => {
      const member = await cohorts.find(params, clock());
      if (member !== undefined) return showMember(member);
      const detail = `Customer ${params.customerId} is not in the cohort ${params.cohort}`;
      throw new HttpProblem(404, 'member-not-found', detail);
    },
  });

const membership = strict({
  since: someInstant
    .optional()
    .describe(
      'Start of the membership, compared with the time at which orders are placed. Defaults to five minutes from now, the earliest time allowed, so that every pod rates an order with the same members',
    ),
}).meta({ id: 'NewCohortMember' });

/**
 * PUT …/members/{customerId}: makes a customer a member from an instant on, five minutes ahead at
 * the earliest, so that an order is rated the same whenever that happens. Repeating changes
 * nothing, also once the instant is past.
 */
export const putMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'putCohortMember',
    summary: 'Add a customer to a cohort from a given time',
    scope: 'cms:write',
    params: memberPath,
    query: z.object({}),
    body: membership,
    response: memberAnswer,
    problems: {
      404: 'The tenant does not exist',
      409: 'Members of a REAL_TIME cohort join and leave by their own actions',
    },
    handle: async ({ params, body, caller: { subject } }) => {
      const now = clock();
      const earliest = earliestEffect(now);
      const { since = earliest } = body;
      if (since < earliest) {
        const lasting = await cohorts.find(params, now);
        if (lasting === undefined || !isLastingSince(lasting, since)) throw tooEarly(earliest);
        return showMember(lasting);
      }
      const member = await cohorts.add(params, { at: since, subject });
      if (member === undefined) throw noTenant(params.tenantId);
      if (member === 'real-time') throw changedByActions(params.cohort);
      return showMember(member);
    },
  });

const changedByActions = (cohort: string): HttpProblem =>
  new HttpProblem(
    409,
    'cohort-of-other-kind',
    `Cohort ${cohort} is REAL_TIME: its members join and leave by their own actions`,
  );

const isLastingSince = (member: CohortMember, since: Date): boolean =>
  member.since <= since && member.until === undefined;

const tooEarly = (earliest: Date): HttpProblem =>
  new HttpProblem(
    400,
    'begins-too-early',
    `since: must be ${earliest.toISOString()} or later, so that all orders are rated with the same members`,
  );

/**
 * DELETE …/members/{customerId}: removes a customer in five minutes; orders placed before are still
 * those of a member.
 */
export const deleteMember = ({ cohorts, clock }: Pick<Dependencies, 'cohorts' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}',
    id: 'deleteCohortMember',
    summary: 'Remove a customer from a cohort, effective in five minutes',
    scope: 'cms:write',
    params: memberPath,
    query: z.object({}),
    status: 204,
    problems: { 409: 'Members of a REAL_TIME cohort join and leave by their own actions' },
    handle: async ({ params, caller: { subject } }) => {
      const removal = await cohorts.remove(params, { at: earliestEffect(clock()), subject });
      if (removal === 'real-time') throw changedByActions(params.cohort);
    },
  });

const uploaded = z
  .object({ added: z.int().describe('Number of new members') })
  .meta({ id: 'CohortUploaded' });

/**
 * POST /cohorts/{cohortId}/members: makes many customers members in five minutes, all or none.
 * Repeating changes nothing.
 */
export const uploadMembers = ({
  cohortLists,
  clock,
}: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts/{cohortId}/members',
    id: 'uploadCohortMembers',
    summary: 'Add customers to a cohort from a file, effective in five minutes',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    body: memberUpload,
    response: uploaded,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({ params: { cohortId }, body: { members }, caller: { tenantId, subject } }) => {
      const change = { members, at: earliestEffect(clock()), subject };
      const added = await cohortLists.upload({ tenantId, cohortId }, change);
      if (added === undefined) throw noCohort(cohortId);
      return { added };
    },
  });
