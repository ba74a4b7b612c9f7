import { z } from 'zod';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentive-reversal-requested.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { requestFact } from '#shared/runtime/request-fact.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { label, strict } from '../fields.ts';
import { noIncentive } from '../refusals.ts';
import {
  incentiveAnswer,
  incentivePath,
  incentivesUrl,
  showIncentive,
} from './incentive-answer.ts';

const reversal = strict({
  reason: label(200).describe('Recorded in the change log and in the event'),
}).meta({ id: 'IncentiveReversal' });

type Access = Pick<Dependencies, 'incentives' | 'requestReversal' | 'say' | 'clock'>;

/** POST …/incentives/{incentiveId}:reverse: asks for an incentive to be taken back, which check-limit does within moments. */
export const reverseIncentive = ({ incentives, requestReversal, say, clock }: Access) =>
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
        const fact = requestedFact(incentive, { reason, requestedBy: subject, now: clock() });
        await requestReversal(incentive, { subject, requestKey, reason, fact });
        await say([fact]);
      }
      return showIncentive(incentive);
    },
  });

type Request = Readonly<{ reason: string; requestedBy: string; now: Date }>;

/** The same for whoever asks for the same incentive: it is taken back once. */
const requestedFact = (incentive: Incentive, { reason, requestedBy, now }: Request): Fact => {
  const { incentiveId, tenantId, userId, campaignId, campaignVersion, eventId } = incentive;
  return requestFact(IncentiveReversalRequested, {
    cause: [tenantId, incentiveId, 'by hand'],
    partitionKey: userId,
    time: now,
    data: {
      ...{ incentiveId, tenantId, userId, campaignId, campaignVersion, eventId },
      ...{ reason, requestedBy, requestedAt: now.toISOString() },
    },
  });
};
