import { z } from 'zod';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { refusedBy } from '#shared/eventing/contracts/incentives.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import { oneOf } from '../fields.ts';
import { tenantPath } from '../parameters.ts';

/** The statuses of incentives. */
export const incentiveStatus = oneOf('ISSUED', 'REFUSED', 'EXPIRED', 'REVERSED');

/** Why nothing was given. */
export const refusalAnswer = refusedBy
  .describe('The cap that was reached and its usage, or what was missing')
  .meta({ id: 'IncentiveRefusal' });

/** What is given. */
export const rewardAnswer = z
  .object({
    type: z.enum(['CASHBACK', 'POINTS', 'COUPON']),
    amount: z.int().describe('Points, or minor units of the currency; 1 for a coupon'),
    currency: z.string().nullable().describe('POINTS or an ISO 4217 currency; null for a coupon'),
    program: z
      .string()
      .nullable()
      .describe('Program that it is credited to; null if it is not credited'),
    couponCode: z.string().nullable(),
    expiresAt: shownInstant.nullable().describe('When it expires; null: never'),
  })
  .meta({ id: 'IncentiveReward' });

/** An incentive. */
export const incentiveAnswer = z
  .object({
    incentiveId: z.uuid(),
    userId: z.string(),
    campaignId: z.uuid(),
    campaignVersion: z.int(),
    eventId: z.string().describe('Qualifying event; for a quest, the event that completed it'),
    status: incentiveStatus,
    reward: rewardAnswer,
    refusedBy: refusalAnswer.nullable(),
    day: z.iso.date().describe('Local day of the tenant that it counts toward'),
    qualifiedAt: shownInstant.describe('In event time'),
    decidedAt: shownInstant.describe('When it was issued or refused'),
    endedAt: shownInstant.nullable().describe('When it expired or was reversed'),
  })
  .meta({ id: 'Incentive' });

/** A page of incentives. */
export const incentivesAnswer = z
  .object({ incentives: z.array(incentiveAnswer), nextCursor })
  .meta({ id: 'Incentives' });

/** The path of an incentive. */
export const incentivePath = tenantPath.extend({ incentiveId: z.uuid('must be a UUID') });

/** The path of a user's quest. */
export const questPath = tenantPath.extend({
  userId: identifier,
  campaignId: z.uuid('must be a UUID'),
});

/** Where a tenant's incentives are. */
export const incentivesUrl = '/api/v1/tenants/{tenantId}/incentives';

/** Shows what is given. */
export const showReward = (
  reward: Pick<Incentive, 'type' | 'amount'> &
    Partial<Pick<Incentive, 'currency' | 'program' | 'couponCode' | 'expiresAt'>>,
): z.output<typeof rewardAnswer> => ({
  type: reward.type,
  amount: reward.amount,
  currency: reward.currency ?? null,
  program: reward.program ?? null,
  couponCode: reward.couponCode ?? null,
  expiresAt: reward.expiresAt?.toISOString() ?? null,
});

/** Shows an incentive. */
export const showIncentive = (incentive: Incentive): z.output<typeof incentiveAnswer> => ({
  incentiveId: incentive.incentiveId,
  userId: incentive.userId,
  campaignId: incentive.campaignId,
  campaignVersion: incentive.campaignVersion,
  eventId: incentive.eventId,
  status: incentive.status,
  reward: showReward(incentive),
  refusedBy: incentive.refusedBy ?? null,
  day: incentive.day,
  qualifiedAt: incentive.qualifiedAt.toISOString(),
  decidedAt: incentive.issuedAt.toISOString(),
  endedAt: incentive.endedAt?.toISOString() ?? null,
});
