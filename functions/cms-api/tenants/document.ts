import { z } from 'zod';
import { currencyCode } from '#shared/eventing/contracts/fields.ts';
import type { TenantRecord } from '#shared/stores/postgres/tenants/tenant-registry.ts';
import { label, shownInstant, slug, strict, timeZone } from '../fields.ts';

/** The body that makes a tenant. */
export const newTenant = strict({
  tenantId: slug.describe('Identifier used in paths, events and tokens'),
  name: label(100).describe('Display name'),
  currency: currencyCode.describe('Default currency of its orders'),
  timeZone: timeZone.describe(
    'Time zone of the local days, months and years of its limits and programs',
  ),
}).meta({ id: 'NewTenant' });

/** A tenant. */
export const tenantAnswer = z
  .object({
    tenantId: z.string(),
    name: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    status: z.enum(['ACTIVE', 'SUSPENDED']),
    createdAt: shownInstant,
  })
  .meta({ id: 'Tenant' });

/** Shows a tenant. */
export const showTenant = ({
  createdAt,
  ...tenant
}: TenantRecord): z.output<typeof tenantAnswer> => ({
  ...tenant,
  createdAt: createdAt.toISOString(),
});
