import type { z } from 'zod';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { CampaignQualified } from '#shared/eventing/contracts/campaign-qualified.ts';
import { lotIdOf } from '#shared/eventing/lot-id.ts';
import { causeOf } from '#shared/runtime/cause-of.ts';
import type { Delivery } from '#shared/runtime/event-handler.ts';
import { instantOf } from '#shared/runtime/instant-of.ts';
import type { RewardRequest } from '#shared/stores/postgres/read-claims.ts';

/** A qualification as it comes. */
export type Qualified = z.output<typeof CampaignQualified.schema>;

/** What a qualification asks for, or why it cannot be given, for good. */
export const toRequest = (
  delivery: Delivery<Qualified>,
  now: Date,
): RewardRequest | InvalidEvent => {
  const { reward, ...qualified } = delivery.data;
  const qualifiedAt = instantOf(qualified.qualifiedAt, delivery, now);
  if (qualifiedAt instanceof InvalidEvent) return qualifiedAt;
  const resolved = toReward(reward);
  if (resolved instanceof InvalidEvent) return resolved;
  const { tenantId, userId: customerId } = qualified;
  const { program, expiresAt } = resolved;
  return {
    qualification: { ...qualified, reward: resolved },
    cause: causeOf(delivery),
    lotId:
      program === undefined ? undefined : lotIdOf({ tenantId, customerId, program }, expiresAt),
  };
};

/** Each type has what it needs, and nothing that it cannot have: a coupon no currency, points no other than theirs. */
const toReward = (reward: Qualified['reward']): Qualification['reward'] | InvalidEvent => {
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
