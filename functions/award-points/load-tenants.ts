import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';

/** Finds tenants by their ids, each asked for once. */
export const loadTenants = async (
  find: (tenantId: string) => Promise<Tenant | undefined>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Tenant | undefined>> =>
  new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await find(id)] as const)));
