import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { TenantStore } from './postgres/tenants/tenant-store.ts';

type Stores<Outcome> = Readonly<{
  tenants: Pick<TenantStore, 'find'>;
  cache: Readonly<{
    writeThrough: (
      balances: readonly Balance[],
      boardsOf: (tenantId: string) => readonly Board[],
    ) => Promise<Outcome>;
  }>;
}>;

/**
 * Writes committed balances to the cache and to the boards of their tenants, suspended ones included: a balance that is written
 * without its boards would be missing there for good.
 * @throws what the stores throw; a retry is safe.
 */
export const writeWithBoards = async <Outcome>(
  { tenants, cache }: Stores<Outcome>,
  balances: readonly Balance[],
): Promise<Outcome> => {
  const ids = [...new Set(balances.map(({ tenantId }) => tenantId))];
  const found = await Promise.all(ids.map((id) => tenants.find(id)));
  const boards = new Map(found.map((tenant) => [tenant?.tenantId, tenant?.boards ?? []]));
  return cache.writeThrough(balances, (tenantId) => boards.get(tenantId) ?? []);
};
