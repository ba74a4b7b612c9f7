import { z } from 'zod';
import { currencyCode } from '#shared/eventing/contracts/fields.ts';
import type { TenantRecord } from '#shared/stores/postgres/tenant-registry.ts';
import { label, shownInstant, slug, strict, timeZone } from '../fields.ts';

/** The body that makes a tenant. */
export const newTenant = strict({
  tenantId: slug.describe('Its name in paths, events and tokens'),
  name: label(100).describe('Its name for people'),
  currency: currencyCode.describe('What its orders are usually in'),
  timeZone: timeZone.describe('Whose days, months and years its limits and programs go by'),
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
