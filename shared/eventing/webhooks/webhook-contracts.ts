import type { z } from 'zod';
import type { Contract } from '../contract.ts';
import { CampaignChanged } from '../contracts/campaigns.ts';
import { CohortMembershipChanged, CohortRecomputed } from '../contracts/cohorts.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '../contracts/incentives.ts';
import {
  PointsAdjusted,
  PointsAwarded,
  PointsExpired,
  PointsRedeemed,
  PointsReleased,
  PointsReversed,
  PointsRevised,
  PointsTransferred,
} from '../contracts/points-events.ts';
import { TierChanged, TierDowngradeAhead } from '../contracts/tiers.ts';
import { WebhookDisabled } from '../contracts/webhooks.ts';

/** The events that tenants can have delivered to their endpoints: from four topics. */
export const webhookContracts: readonly Contract<z.ZodType<{ tenantId: string }>>[] = [
  PointsAwarded,
  PointsReversed,
  PointsRevised,
  PointsReleased,
  PointsExpired,
  PointsRedeemed,
  PointsTransferred,
  PointsAdjusted,
  TierChanged,
  TierDowngradeAhead,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
  IncentiveExpired,
  CampaignChanged,
  CohortRecomputed,
  CohortMembershipChanged,
  WebhookDisabled,
];

/**
 * The name by which tenants subscribe to events of a type: `points.awarded` for
 * `guerdon.points.awarded.v1`.
 */
export const eventNameOf = ({ type }: Readonly<{ type: string }>): string =>
  type.replace(/^guerdon\./, '').replace(/\.v\d+$/, '');
