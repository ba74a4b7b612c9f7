import type { z } from 'zod';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { lotIdOf } from '#shared/eventing/domain-event.ts';
import { type Delivery, instantOf, isAccepted } from '#shared/runtime/events/event-handler.ts';
import type {
  QualifiedChoices,
  QualifiedReward,
} from '#shared/stores/postgres/incentives/reward-requests.ts';

/** A qualification as it comes. */
export type Qualified = z.output<typeof CampaignQualified.schema>;

type Choice = Qualified['entitlements'][number]['choices'][number];

/** The rewards of a qualification, in the order of decision, or why it is refused permanently. */
export const qualifiedRewardsOf = (
  delivery: Delivery<Qualified>,
  now: Date,
): readonly QualifiedChoices[] | InvalidEvent => {
  const rewards: QualifiedChoices[] = [];
  for (const { choices } of delivery.data.entitlements) {
    const made = choices.map((choice) => qualifiedRewardOf(delivery, choice, now));
    const refused = made.find((reward) => reward instanceof InvalidEvent);
    if (refused !== undefined) return refused;
    rewards.push(made.filter(isAccepted));
  }
  return rewards;
};

const qualifiedRewardOf = (
  delivery: Delivery<Qualified>,
  { reward, ...choice }: Choice,
  now: Date,
): QualifiedReward | InvalidEvent => {
  const qualifiedAt = instantOf(choice.qualifiedAt, delivery, now);
  if (qualifiedAt instanceof InvalidEvent) return qualifiedAt;
  const resolved = toReward(reward);
  if (resolved instanceof InvalidEvent) return resolved;
  const { tenantId, userId } = delivery.data;
  const { program, expiresAt } = resolved;
  return {
    qualification: { ...choice, tenantId, userId, reward: resolved },
    cause: causeOf(delivery.event),
    correlation: correlationOf(delivery.event),
    lotId:
      program === undefined
        ? undefined
        : lotIdOf({ tenantId, customerId: userId, program }, expiresAt),
  };
};

/**
 * Each type has what it needs, and nothing that it cannot have: a coupon no currency, points no
 * other than theirs.
 */
const toReward = (reward: Choice['reward']): Qualification['reward'] | InvalidEvent => {
  const { type, amount, expiresAt, pool, program, currency } = reward;
  switch (type) {
    case 'COUPON':
      return pool === undefined ? lacking('a pool') : { type, amount, pool, expiresAt };
    case 'POINTS':
      return program === undefined
        ? lacking('a program')
        : { type, amount, currency: 'POINTS', program, expiresAt };
    case 'CASHBACK':
      return currency === undefined
        ? lacking('a currency')
        : { type, amount, currency, program, expiresAt };
  }
};

const lacking = (what: string): InvalidEvent =>
  new InvalidEvent('incomplete-reward', `The reward needs ${what}`);
