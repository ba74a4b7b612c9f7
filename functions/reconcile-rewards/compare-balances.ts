import { Counter } from 'prom-client';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { ComparisonPosition } from '#shared/stores/postgres/ledger/comparison-position.ts';
import type {
  CurrentBalance,
  CurrentBalances,
} from '#shared/stores/postgres/ledger/current-balances.ts';
import { walletName } from '#shared/stores/postgres/ledger/lock-wallets.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { type BalanceCache, writeWithBoards } from '#shared/stores/redis/balances/balance-cache.ts';
import { type CacheState, compareCached } from './compare-cached.ts';

export type CompareDependencies = Readonly<{
  currentBalances: CurrentBalances;
  position: ComparisonPosition;
  cache: BalanceCache;
  tenants: TenantStore;
  log: Logger;
}>;

const checkedTotal = new Counter({
  name: 'guerdon_cache_checked_total',
  help: 'Balances compared with Redis',
});

const driftTotal = new Counter({
  name: 'guerdon_cache_drift_total',
  help: 'Balances that differed between Redis and Postgres: missing (harmless), behind, corrupt or ahead',
  labelNames: ['kind'] as const,
});

/** Balances read from Redis at once. */
const pageMax = 500;

/**
 * Compares the next balances with the cache, in a cycle by their keys, and makes the cache equal to
 * Postgres where it differs. Compares at most `comparedMax`, and none twice.
 */
export const compareBalances = async (
  dependencies: CompareDependencies,
  comparedMax: number,
): Promise<void> => {
  const { currentBalances, position } = dependencies;
  let after = await position.find();
  for (let left = comparedMax; left > 0; left -= pageMax) {
    const balancesMax = Math.min(left, pageMax);
    const page = await currentBalances.page(after, { balancesMax });
    await comparePage(dependencies, page);
    after = page.length < balancesMax ? undefined : page.at(-1);
    await position.save(after);
    if (after === undefined) return;
  }
};

type Compared = Readonly<{
  current: CurrentBalance;
  cached: Balance | undefined;
  state: CacheState;
}>;

const comparePage = async (
  dependencies: CompareDependencies,
  page: readonly CurrentBalance[],
): Promise<void> => {
  const { cache, tenants } = dependencies;
  const compared: readonly Compared[] = await Promise.all(
    page.map(async (current) => {
      const cached = await cache.read(current);
      return { current, cached, state: compareCached(current, cached) };
    }),
  );
  checkedTotal.inc(page.length);
  const inState = (...states: CacheState[]) =>
    compared.filter(({ state }) => states.includes(state));
  const older = inState('missing', 'behind');
  const wrong = await confirmWrong(dependencies, inState('corrupt', 'ahead'));
  for (const { state: kind } of [...older, ...wrong]) driftTotal.inc({ kind });

  const balances = [
    ...older.map(({ current }) => current),
    ...(await replaced(dependencies, wrong)),
  ];
  await writeWithBoards({ tenants, cache }, balances);
};

/** Reads Postgres again: a commit since the first read explains a newer version in the cache. */
const confirmWrong = async (
  { currentBalances, log }: CompareDependencies,
  suspects: readonly Compared[],
): Promise<readonly Compared[]> => {
  const now = byKey(await currentBalances.find(suspects.map((suspect) => suspect.current)));
  const wrong = suspects.filter(
    ({ state, current: seen, cached }) =>
      compareCached({ ...seen, ...now.get(walletName(seen)) }, cached) === state,
  );
  for (const { current: seen, cached, state } of wrong)
    log.error({ current: seen, cached, state }, 'the cached balance was wrong');
  return wrong;
};

/**
 * Deletes wrong balances from the cache and then reads Postgres. In this order nothing newer is
 * lost: the read includes earlier commits, and later ones are written through.
 */
const replaced = async (
  { cache, currentBalances }: CompareDependencies,
  wrong: readonly Compared[],
): Promise<readonly Balance[]> => {
  const keys = wrong.map((one) => one.current);
  await cache.drop(keys);
  return currentBalances.find(keys);
};

const byKey = (balances: readonly Balance[]): ReadonlyMap<string, Balance> =>
  new Map(balances.map((balance) => [walletName(balance), balance]));
