import { randomUUID } from 'node:crypto';
import type { InboxUser, NewInboxMessage } from '#shared/domain/inbox/inbox-message.ts';

/** A message with a new id, of an incentive of 50 points. */
export const newMessage = (user: InboxUser): NewInboxMessage => {
  const occurredAt = new Date();
  return {
    ...user,
    messageId: randomUUID(),
    type: 'INCENTIVE_NOTIFICATION',
    frame: {
      type: 'INCENTIVE_NOTIFICATION',
      incentiveId: randomUUID(),
      campaignId: randomUUID(),
      reward: { currency: 'POINTS', amount: 50 },
      issuedAt: occurredAt.toISOString(),
    },
    occurredAt,
  };
};
