import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { createTenant } from './create-tenant.ts';
import { getTenant } from './get-tenant.ts';

/** Tenants. */
export const tenantRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createTenant(dependencies),
  getTenant(dependencies),
];
