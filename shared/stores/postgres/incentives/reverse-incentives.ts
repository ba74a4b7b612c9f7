import {
  type ArchivedIncentive,
  conflictWith,
  type Incentive,
  type IncentiveConflict,
  isArchived,
  type RecordedIncentive,
} from '#shared/domain/incentives/incentive.ts';
import {
  neverIssued,
  type ReversalRequest,
  reverseIncentive,
} from '#shared/domain/incentives/reverse-incentive.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { usageChanges } from '#shared/domain/limits/limit-request-of.ts';
import type { Transaction } from '../driver/connect.ts';
import { subtractUsage } from '../limits/limit-usage.ts';
import { voidCoupons } from './claim-coupons.ts';
import { recordIncentiveEvents } from './incentive-log.ts';
import { insertIncentives, readIncentives, updateEnded } from './incentive-rows.ts';
import { revokeRewards } from './revoke-rewards.ts';

/**
 * The outcome of a reversal request: `reversed` now; `unchanged`, because it was reversed, refused
 * or expired before, or will now never be issued; `archived`, so that it cannot be reversed; or the
 * incentive belongs to another tenant or user.
 */
export type ReversalOutcome = Readonly<
  | { kind: 'reversed' | 'unchanged'; incentive: Incentive }
  | { kind: 'archived'; archived: ArchivedIncentive }
  | { kind: 'conflict'; field: IncentiveConflict }
>;

/** The outcomes of a batch of reversals, in order. */
export type Reversed = Readonly<{
  outcomes: readonly ReversalOutcome[];
  /** The wallets that points were taken from, as they are now. */
  balances: readonly Balance[];
}>;

/** Reverses incentives within a transaction, each once. */
export const reverseIncentives = async (
  tx: Transaction,
  requests: readonly ReversalRequest[],
  now: Date,
): Promise<Reversed> => {
  const first = new Map(requests.toReversed().map((request) => [request.incentiveId, request]));
  await insertUnarchived(
    tx,
    [...first.values()].map((request) => neverIssued(request, now)),
  );
  const recorded = await readIncentives(tx, [...first.keys()], { lock: true });
  const due = [...first.values()].flatMap((request) => {
    const incentive = recorded.get(request.incentiveId);
    if (incentive === undefined || isArchived(incentive) || incentive.status !== 'ISSUED')
      return [];
    return conflictWith(incentive, request) === undefined ? [{ request, incentive }] : [];
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
  return { outcomes: outcomesOf(requests, recorded, reversed), balances };
};

/** Inserts incentives that neither exist nor were archived. */
const insertUnarchived = async (
  tx: Transaction,
  incentives: readonly Incentive[],
): Promise<void> => {
  await insertIncentives(tx, incentives);
  // One that was archived, if only while the insert waited for that, has no other row than the one
  // just inserted.
  await tx`
    delete from incentives using archived_incentives archived
    where incentives.incentive_id = any(${incentives.map(({ incentiveId }) => incentiveId)}::uuid[])
      and archived.incentive_id = incentives.incentive_id`;
};

const outcomesOf = (
  requests: readonly ReversalRequest[],
  recorded: ReadonlyMap<string, RecordedIncentive>,
  reversed: readonly Incentive[],
): readonly ReversalOutcome[] => {
  const unreported = new Map(reversed.map((incentive) => [incentive.incentiveId, incentive]));
  const now = new Map<string, RecordedIncentive>([...recorded, ...unreported]);
  return requests.map((request) => {
    const incentive = now.get(request.incentiveId) ?? neverIssued(request, request.requestedAt);
    const field = conflictWith(incentive, request);
    if (field !== undefined) return { kind: 'conflict', field };
    if (isArchived(incentive)) return { kind: 'archived', archived: incentive };
    return { kind: unreported.delete(incentive.incentiveId) ? 'reversed' : 'unchanged', incentive };
  });
};
