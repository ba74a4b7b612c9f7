import { assert } from '../assert.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Incentive } from './incentive.ts';

/** Where the points of a reward go, and what the statement says of it. */
export type RewardPlace = Readonly<{ lotId: string; reason: string }>;

/**
 * The REWARD of an incentive that is credited to a program: one per incentive, whoever writes it.
 */
export const rewardEntry = (
  { incentiveId, tenantId, userId, program, ...incentive }: Incentive,
  { lotId, reason }: RewardPlace,
): LedgerEntry => {
  assert(program !== undefined, `incentive ${incentiveId} is credited to a program`);
  return {
    tenantId,
    program,
    kind: 'REWARD',
    causeId: incentiveId,
    customerId: userId,
    account: 'available',
    points: incentive.amount,
    counterAccount: 'rewarded',
    lotId,
    expiresAt: incentive.expiresAt,
    reason,
    cause: incentive.cause,
    occurredAt: incentive.qualifiedAt,
  };
};
