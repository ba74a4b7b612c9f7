import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { CohortMember } from '#shared/stores/postgres/cohort-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant, strict } from '../fields.ts';
import { memberPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { memberAnswer, showMember } from './member-answer.ts';

const membership = strict({
  since: someInstant
    .optional()
    .describe(
      "Orders placed at or after this time are a member's. Defaults to five minutes from now, which is also the earliest, so that every order is evaluated with the same members",
    ),
}).meta({ id: 'NewCohortMember' });

/**
 * PUT …/members/{customerId}: makes a customer a member from an instant on, five minutes ahead at the earliest, so that an order is
 * judged alike whenever it is. Repeating changes nothing, also once the instant is past.
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
    problems: { 404: 'The tenant does not exist' },
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
      return showMember(member);
    },
  });

const isLastingSince = (member: CohortMember, since: Date): boolean =>
  member.since <= since && member.until === undefined;

const tooEarly = (earliest: Date): HttpProblem =>
  new HttpProblem(
    400,
    'begins-too-early',
    `since: must be ${earliest.toISOString()} or later, so that every order is judged by the same members`,
  );
