import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { CurrentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';

/** What writing balances through needs. */
export type BalanceDependencies = Readonly<{
  tenants: Pick<TenantStore, 'find'>;
  currentBalances: Pick<CurrentBalances, 'find'>;
  balances: Pick<GuardedBalanceCache, 'writeThrough'>;
}>;

/** The recorded state of an incentive, changed now or before. */
type Outcome = Readonly<{ kind: string; incentive?: Incentive }>;

type Committed = Readonly<{
  /** The wallets that were changed now. */
  balances: readonly Balance[];
  outcomes: readonly Outcome[];
}>;

/**
 * Writes balances to the cache and to the boards of their tenants: those that changed now, and the
 * current values of those that changed before, because the pod that changed them may have died
 * first.
 */
export const writeBalances = async (
  { tenants, currentBalances, balances }: BalanceDependencies,
  committed: Committed,
): Promise<void> => {
  const wallets = committed.outcomes.flatMap(walletChangedBefore);
  const before = wallets.length === 0 ? [] : await currentBalances.find(wallets);
  const changed = [...committed.balances, ...before];
  await writeWithBoards({ tenants, cache: balances }, changed);
};

const walletChangedBefore = ({ kind, incentive }: Outcome) => {
  const isBefore = kind === 'replayed' || kind === 'unchanged';
  if (!isBefore || incentive?.program === undefined || incentive.refusedBy) return [];
  const { tenantId, userId: customerId, program } = incentive;
  return [{ tenantId, customerId, program }];
};
