import type { z } from 'zod';
import type {
  InboxFrame,
  InboxMessageType,
  NewInboxMessage,
} from '#shared/domain/inbox/inbox-message.ts';
import type {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveReversed,
} from './contracts/incentives.ts';
import { derivedId } from './domain-event.ts';

type Generated = z.output<typeof IncentiveGenerated.schema>;
type Reversed = z.output<typeof IncentiveReversed.schema>;
type Expired = z.output<typeof IncentiveExpired.schema>;
type Incentive = Pick<Generated, 'incentiveId' | 'tenantId' | 'userId' | 'campaignId' | 'reward'>;

/** The message of an incentive that was generated. */
export const generatedMessage = (incentive: Generated): NewInboxMessage =>
  messageOf(incentive, incentive.issuedAt, {
    type: 'INCENTIVE_NOTIFICATION',
    ...contentOf(incentive),
    issuedAt: incentive.issuedAt.toISOString(),
  });

/** The message of an incentive that was reversed. */
export const reversedMessage = (incentive: Reversed): NewInboxMessage =>
  messageOf(incentive, incentive.reversedAt, {
    type: 'INCENTIVE_REVERSED',
    ...contentOf(incentive),
    reversedAt: incentive.reversedAt.toISOString(),
  });

/** The message of an incentive that expired. */
export const expiredMessage = (incentive: Expired): NewInboxMessage =>
  messageOf(incentive, incentive.expiredAt, {
    type: 'INCENTIVE_EXPIRED',
    ...contentOf(incentive),
    expiredAt: incentive.expiredAt.toISOString(),
  });

const contentOf = ({ incentiveId, campaignId, reward }: Incentive) => ({
  incentiveId,
  campaignId,
  reward: rewardOf(reward),
});

const rewardOf = ({ amount, currency, couponCode }: Incentive['reward']): InboxFrame['reward'] =>
  currency === undefined
    ? { type: 'COUPON', amount, ...(couponCode !== undefined && { couponCode }) }
    : { currency, amount };

const messageOf = (
  { tenantId, userId, incentiveId }: Incentive,
  occurredAt: Date,
  frame: InboxFrame,
): NewInboxMessage => ({
  tenantId,
  userId,
  messageId: messageIdOf(frame.type, tenantId, incentiveId),
  type: frame.type,
  frame,
  occurredAt,
});

/** The same for the same incentive and type, so that a redelivered event is no second message. */
const messageIdOf = (type: InboxMessageType, tenantId: string, incentiveId: string): string =>
  derivedId('inbox', type, tenantId, incentiveId);
