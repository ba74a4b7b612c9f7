import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { CurrentBalance } from '#shared/stores/postgres/ledger/current-balances.ts';

/**
 * A cached balance compared with Postgres. `missing`: it changed within the cache's expiry and was
 * never written, or Redis lost it. `behind`: a write was lost. `corrupt`: another content under the
 * same version. `ahead`: a version that Postgres does not have, so Postgres lost commits.
 */
export type CacheState = 'equal' | 'missing' | 'behind' | 'corrupt' | 'ahead';

/**
 * Compares a cached balance with the one in Postgres. A recent change may still be in flight, and a
 * balance that may have expired need not exist: both count as equal.
 */
export const compareCached = (
  { isSettled, mayBeExpired, ...current }: CurrentBalance,
  cached: Balance | undefined,
): CacheState => {
  if (cached === undefined) return mayBeExpired ? 'equal' : 'missing';
  if (cached.version > current.version) return 'ahead';
  if (cached.version < current.version) return isSettled ? 'behind' : 'equal';
  return isSame(current, cached) ? 'equal' : 'corrupt';
};

const isSame = (current: Balance, cached: Balance): boolean =>
  amounts.every((field) => current[field] === cached[field]) &&
  current.reachedAt.getTime() === cached.reachedAt.getTime();

const amounts = ['points', 'pending', 'reserved', 'lifetime'] as const;
