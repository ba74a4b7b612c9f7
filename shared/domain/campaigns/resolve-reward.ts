import type { ActionEvent } from './action-event.ts';
import type { Reward, RewardAmount } from './campaign.ts';
import type { ResolvedReward } from './qualification.ts';

const dayMs = 86_400_000;

/**
 * Works out what a reward comes to for an event: whole points or minor units, lapsing so many days
 * after the event. Undefined where it comes to nothing: a share of a field that is missing,
 * negative, no whole number or too small.
 */
export const resolveReward = (
  reward: Reward,
  event: Pick<ActionEvent, 'occurredAt' | 'payload'>,
): ResolvedReward | undefined => {
  const amount = reward.type === 'COUPON' ? 1 : amountOf(reward.amount, event.payload);
  if (amount <= 0) return undefined;
  return { ...kindOf(reward), amount, expiresAt: expiryOf(reward, event.occurredAt) };
};

const kindOf = (reward: Reward): Omit<ResolvedReward, 'amount' | 'expiresAt'> => {
  switch (reward.type) {
    case 'POINTS':
      return { type: reward.type, currency: 'POINTS', program: reward.program };
    case 'CASHBACK':
      return { type: reward.type, currency: reward.currency, program: reward.program };
    case 'COUPON':
      return { type: reward.type, pool: reward.pool };
  }
};

const expiryOf = ({ expiresAfterDays }: Reward, occurredAt: Date): Date | undefined =>
  expiresAfterDays === undefined
    ? undefined
    : new Date(occurredAt.getTime() + expiresAfterDays * dayMs);

const amountOf = (amount: RewardAmount, payload: ActionEvent['payload']): number => {
  if (amount.kind === 'fixed') return amount.amount;
  const value = Object.hasOwn(payload, amount.field) ? payload[amount.field] : undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return 0;
  const share = (BigInt(value) * BigInt(amount.basisPoints)) / 10_000n;
  return share < BigInt(amount.max) ? Number(share) : amount.max;
};
