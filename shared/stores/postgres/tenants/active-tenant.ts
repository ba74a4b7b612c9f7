import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Tenant, TenantStore } from './tenant-store.ts';

/**
 * The tenant of an event.
 * @throws InvalidEvent when there is none, or it is suspended.
 */
export const activeTenant = async (
  tenants: Pick<TenantStore, 'find'>,
  tenantId: string,
): Promise<Tenant> => {
  const tenant = await tenants.find(tenantId);
  if (tenant?.status === 'ACTIVE') return tenant;
  throw unknownTenant(tenantId);
};

/** The permanent refusal of an event whose tenant does not exist. */
export const unknownTenant = (tenantId: string): InvalidEvent =>
  new InvalidEvent('unknown-tenant', `Tenant ${tenantId} does not exist or is not active`);
