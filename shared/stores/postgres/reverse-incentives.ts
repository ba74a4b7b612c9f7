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
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Balance } from '#shared/domain/points/balance.ts';
import { voidCoupons } from './claim-coupons.ts';
import type { Transaction } from './connect.ts';
import { withChanges } from './decide-held.ts';
import { noteSayings } from './incentive-log.ts';
import { insertIncentives, readIncentives, updateEnded } from './incentive-rows.ts';
import { holdUsages, type Usages, writeUsages } from './limit-usage.ts';
import { usageKeysOf } from './read-claims.ts';
import { revokeRewards } from './revoke-rewards.ts';
import { DecidedMeanwhile } from './until-undisputed.ts';

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
  /** Usage as it was committed. */
  usages: Usages;
  /** The wallets that points were taken from, as they are now. */
  balances: readonly Balance[];
}>;

/** Takes incentives back within a transaction, each once. @throws DecidedMeanwhile */
export const reverseIncentives = async (
  tx: Transaction,
  requests: readonly ReversalRequest[],
  now: Date,
): Promise<Reversed> => {
  const first = new Map(requests.toReversed().map((request) => [request.incentiveId, request]));
  const seen = await readIncentives(tx, [...first.keys()]);
  const used = await holdUsages(tx, usageKeysOf([...seen.values()].filter(isIssued)));
  const missing = [...first.values()].filter(({ incentiveId }) => !seen.has(incentiveId));
  await insertIncentives(
    tx,
    missing.map((request) => neverIssued(request, now)),
  );
  const standing = await readIncentives(tx, [...first.keys()], { lock: true });
  // What was issued after we looked counts for usage that we do not hold.
  if (missing.some(({ incentiveId }) => isIssued(standing.get(incentiveId))))
    throw new DecidedMeanwhile();
  const due = [...first.values()].flatMap((request) => {
    const incentive = standing.get(request.incentiveId);
    return incentive && isIssued(incentive) && conflictWith(incentive, request) === undefined
      ? [{ request, incentive }]
      : [];
  });
  const { reversed, changed } = reverseAll(
    due.map(({ incentive }) => incentive),
    { used, now },
  );
  await updateEnded(tx, reversed);
  await noteSayings(
    tx,
    { event: 'reversed', incentives: reversed },
    (incentiveId) => first.get(incentiveId)?.correlation,
  );
  await voidCoupons(tx, reversed, now);
  await writeUsages(tx, changed);
  const balances = await revokeRewards(tx, due, now);
  return {
    outcomes: outcomesOf(requests, standing, reversed),
    usages: withChanges(used, changed),
    balances,
  };
};

const isIssued = (incentive: Incentive | undefined): boolean => incentive?.status === 'ISSUED';

const reverseAll = (
  incentives: readonly Incentive[],
  { used, now }: Readonly<{ used: Usages; now: Date }>,
): Readonly<{ reversed: readonly Incentive[]; changed: Usages }> => {
  const changed = new Map<string, Map<string, Usage>>();
  const reversed = incentives.map((incentive) => {
    const { tenantId } = incentive;
    const own = changed.get(tenantId) ?? new Map<string, Usage>();
    const usages = new Map([...(used.get(tenantId) ?? []), ...own]);
    const made = reverseIncentive(incentive, { usages, now });
    changed.set(tenantId, new Map([...own, ...made.usages]));
    return made.incentive;
  });
  return { reversed, changed };
};

const outcomesOf = (
  requests: readonly ReversalRequest[],
  standing: ReadonlyMap<string, Incentive>,
  reversed: readonly Incentive[],
): readonly ReversalOutcome[] => {
  const untold = new Map(reversed.map((incentive) => [incentive.incentiveId, incentive]));
  const now = new Map([...standing, ...untold]);
  return requests.map((request) => {
    const incentive = now.get(request.incentiveId) ?? neverIssued(request, request.requestedAt);
    const field = conflictWith(incentive, request);
    if (field !== undefined) return { kind: 'conflict', field };
    return { kind: untold.delete(incentive.incentiveId) ? 'reversed' : 'stands', incentive };
  });
};
