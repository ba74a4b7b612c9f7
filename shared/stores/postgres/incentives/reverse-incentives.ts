import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import {
  conflictWith,
  type IncentiveConflict,
} from '#shared/domain/incentives/incentive-conflict.ts';
import {
  neverIssued,
  type ReversalRequest,
  reverseIncentive,
} from '#shared/domain/incentives/reverse-incentive.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { usageChanges } from '#shared/domain/limits/usage-change.ts';
import type { Transaction } from '../driver/connect.ts';
import { subtractUsage } from '../limits/limit-usage.ts';
import { voidCoupons } from './claim-coupons.ts';
import { recordIncentiveEvents } from './incentive-log.ts';
import { insertIncentives, readIncentives, updateEnded } from './incentive-rows.ts';
import { revokeRewards } from './revoke-rewards.ts';

/**
 * What a request to take back came to: `reversed` now; `stands`, as it was reversed, refused or expired before, or is now not to be
 * issued any more; or an incentive of somebody else.
 */
export type ReversalOutcome = Readonly<
  | { kind: 'reversed' | 'stands'; incentive: Incentive }
  | { kind: 'conflict'; field: IncentiveConflict }
>;

/** What a batch of reversals came to, one outcome each, in order. */
export type Reversed = Readonly<{
  outcomes: readonly ReversalOutcome[];
  /** The wallets that points were taken from, as they are now. */
  balances: readonly Balance[];
}>;

/** Takes incentives back within a transaction, each once. */
export const reverseIncentives = async (
  tx: Transaction,
  requests: readonly ReversalRequest[],
  now: Date,
): Promise<Reversed> => {
  const first = new Map(requests.toReversed().map((request) => [request.incentiveId, request]));
  await insertIncentives(
    tx,
    [...first.values()].map((request) => neverIssued(request, now)),
  );
  const standing = await readIncentives(tx, [...first.keys()], { lock: true });
  const due = [...first.values()].flatMap((request) => {
    const incentive = standing.get(request.incentiveId);
    return incentive?.status === 'ISSUED' && conflictWith(incentive, request) === undefined
      ? [{ request, incentive }]
      : [];
  });
  const reversed = due.map(({ incentive }) => reverseIncentive(incentive, now));
  await updateEnded(tx, reversed);
  await recordIncentiveEvents(
    tx,
    reversed.map((incentive) => ({ ...incentive, event: 'reversed' })),
    (incentiveId) => first.get(incentiveId)?.correlation,
  );
  await voidCoupons(tx, reversed, now);
  const balances = await revokeRewards(tx, due, now);
  await subtractUsage(tx, usageChanges(reversed));
  return { outcomes: outcomesOf(requests, standing, reversed), balances };
};

const outcomesOf = (
  requests: readonly ReversalRequest[],
  standing: ReadonlyMap<string, Incentive>,
  reversed: readonly Incentive[],
): readonly ReversalOutcome[] => {
  const unreported = new Map(reversed.map((incentive) => [incentive.incentiveId, incentive]));
  const now = new Map([...standing, ...unreported]);
  return requests.map((request) => {
    const incentive = now.get(request.incentiveId) ?? neverIssued(request, request.requestedAt);
    const field = conflictWith(incentive, request);
    if (field !== undefined) return { kind: 'conflict', field };
    return { kind: unreported.delete(incentive.incentiveId) ? 'reversed' : 'stands', incentive };
  });
};
