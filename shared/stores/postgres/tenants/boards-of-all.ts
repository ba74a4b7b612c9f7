import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { TenantStore } from './tenant-store.ts';

/** The boards of each tenant among balances, suspended ones included: what is written without its boards would miss them for good. */
export const boardsOfAll = async (
  tenants: Pick<TenantStore, 'find'>,
  balances: readonly Balance[],
): Promise<(tenantId: string) => readonly Board[]> => {
  const ids = [...new Set(balances.map(({ tenantId }) => tenantId))];
  const found = await Promise.all(ids.map((id) => tenants.find(id)));
  const boards = new Map(found.map((tenant) => [tenant?.tenantId, tenant?.boards ?? []]));
  return (tenantId) => boards.get(tenantId) ?? [];
};
