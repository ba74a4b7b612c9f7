import { z } from 'zod';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { line, strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { requestEvent } from '#shared/runtime/http/requests/request-event.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant } from '../fields.ts';
import { tenantPath } from '../parameters.ts';
import { noIncentive } from '../refusals.ts';
import {
  incentiveAnswer,
  incentivePath,
  incentiveStatus,
  incentivesAnswer,
  incentivesUrl,
  showIncentive,
} from './document.ts';
import { getQuest } from './quest-route.ts';

/** What users were given, and how far they are. */
export const incentiveRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listIncentives(dependencies),
  getIncentive(dependencies),
  reverseIncentive(dependencies),
  getQuest(dependencies),
];

const incentivesQuery = pageQuery(z.tuple([someInstant, z.uuid()])).extend({
  userId: identifier.optional(),
  campaignId: z.uuid('must be a UUID').optional(),
  status: incentiveStatus.optional(),
});

/** GET …/incentives: what was given and refused. */
const listIncentives = ({ incentives }: Pick<Dependencies, 'incentives'>) =>
  defineRoute({
    method: 'GET',
    path: incentivesUrl,
    id: 'listIncentives',
    summary: 'List issued and refused incentives, newest first',
    scope: 'cms:read',
    params: tenantPath,
    query: incentivesQuery,
    response: incentivesAnswer,
    handle: async ({ params: { tenantId }, query: { limit, cursor, ...filters } }) => {
      const after = cursor && { issuedAt: cursor[0], incentiveId: cursor[1] };
      const found = await incentives.page({ tenantId, ...filters, after, limit: limit + 1 });
      const page = toPage(found, limit, ({ issuedAt, incentiveId }) => [
        issuedAt.toISOString(),
        incentiveId,
      ]);
      return { incentives: page.items.map(showIncentive), nextCursor: page.nextCursor };
    },
  });

/** GET …/incentives/{incentiveId}: one incentive. */
const getIncentive = ({ incentives }: Pick<Dependencies, 'incentives'>) =>
  defineRoute({
    method: 'GET',
    path: `${incentivesUrl}/{incentiveId}`,
    id: 'getIncentive',
    summary: 'Get an incentive',
    scope: 'cms:read',
    params: incentivePath,
    query: z.object({}),
    response: incentiveAnswer,
    problems: { 404: 'The incentive does not exist', 410: 'The incentive has been archived' },
    handle: async ({ params }) => {
      const incentive = await incentives.find(params);
      if (incentive === undefined) throw noIncentive(params.incentiveId);
      return showIncentive(incentive);
    },
  });

const reversal = strict({
  reason: line(200).describe('Recorded in the change log and in the event'),
}).meta({ id: 'IncentiveReversal' });

type Access = Pick<Dependencies, 'incentives' | 'requestReversal' | 'publish' | 'clock'>;

/**
 * POST …/incentives/{incentiveId}:reverse: requests that an incentive be reversed, which
 * check-limit does within moments.
 */
const reverseIncentive = ({ incentives, requestReversal, publish, clock }: Access) =>
  defineRoute({
    method: 'POST',
    path: `${incentivesUrl}/{incentiveId}:reverse`,
    id: 'reverseIncentive',
    summary: 'Reverse an incentive: release its caps, debit its points, void its code',
    scope: 'cms:write',
    params: incentivePath,
    query: z.object({}),
    body: reversal,
    idempotent: true,
    status: 202,
    response: incentiveAnswer,
    problems: {
      404: 'The incentive does not exist',
      409: 'The incentive was refused or has expired, so it cannot be reversed',
      410: 'The incentive has been archived',
    },
    handle: async ({
      params,
      body: { reason },
      caller: { subject },
      idempotencyKey: requestKey,
    }) => {
      const incentive = await incentives.find(params);
      if (incentive === undefined) throw noIncentive(params.incentiveId);
      const { status } = incentive;
      if (status === 'REFUSED' || status === 'EXPIRED') {
        const detail = `The incentive is ${status} and cannot be reversed`;
        throw new HttpProblem(409, 'incentive-not-issued', detail);
      }
      if (status === 'ISSUED') {
        const domainEvent = requestedEvent(incentive, {
          reason,
          requestedBy: subject,
          now: clock(),
        });
        await requestReversal(incentive, { subject, requestKey, reason, domainEvent });
        await publish([domainEvent]);
      }
      return showIncentive(incentive);
    },
  });

type Request = Readonly<{ reason: string; requestedBy: string; now: Date }>;

/** The same for repeated requests about the same incentive: it is reversed once. */
const requestedEvent = (
  incentive: Incentive,
  { reason, requestedBy, now }: Request,
): DomainEvent => {
  const { incentiveId, tenantId, userId, campaignId, campaignVersion, eventId } = incentive;
  return requestEvent(IncentiveReversalRequested, {
    cause: [tenantId, incentiveId, 'by hand'],
    partitionKey: userId,
    time: now,
    data: {
      ...{ incentiveId, tenantId, userId, campaignId, campaignVersion, eventId },
      ...{ reason, requestedBy, requestedAt: now.toISOString() },
    },
  });
};
