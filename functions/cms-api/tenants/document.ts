import { z } from 'zod';
import {
  defaultRetention,
  type RetentionKind,
  retentionKinds,
  shortestRetention,
} from '#shared/domain/time/retention.ts';
import { currencyCode, slug } from '#shared/eventing/contracts/fields.ts';
import {
  line,
  shownInstant,
  strict,
  timeZone,
  whole,
} from '#shared/runtime/http/body/body-fields.ts';
import type { TenantRecord } from '#shared/stores/postgres/tenants/tenant-registry.ts';
import { crossChecked, type Issue } from '../fields.ts';

/** The body that makes a tenant. */
export const newTenant = strict({
  tenantId: slug.describe('Identifier used in paths, events and tokens'),
  name: line(100).describe('Display name'),
  currency: currencyCode.describe('Default currency of its orders'),
  timeZone: timeZone.describe(
    'Time zone of the local days, months and years of its limits and programs',
  ),
}).meta({ id: 'NewTenant' });

const descriptions: Readonly<Record<RetentionKind, string>> = {
  events: 'Actions of users, with their decisions',
  questSteps: 'Steps of quests, kept at least until 13 months after the end of the quest',
  orderProgress: 'Progress of orders',
  changeLog: 'The change log',
  incentives: 'Incentives, except those that can still expire; at least as long as events',
  redemptions: 'Redemptions that are no longer open',
  refunds: 'Applied and refused refunds',
  ledger: 'Entries of the ledger; at least 25 months',
  unmatchedRecords: 'Records of customers that only one source knows; deleted with their keys',
};

const monthsMax = 1_200;

/** The body that sets how long records of a tenant stay. */
export const retention = strict(
  Object.fromEntries(
    retentionKinds.map((kind) => [
      kind,
      whole(shortestRetention[kind] ?? 1, monthsMax)
        .nullable()
        .optional()
        .describe(
          `${descriptions[kind]}. Months that they are kept after the month in which they were recorded; null keeps them forever. Defaults to ${defaultRetention[kind] ?? 'forever'}`,
        ),
    ]),
  ) as Record<RetentionKind, z.ZodOptional<z.ZodNullable<z.ZodInt>>>,
)
  .check(
    crossChecked((own): readonly Issue[] => {
      const { events, incentives } = { ...defaultRetention, ...own };
      if ((incentives ?? Infinity) >= (events ?? Infinity)) return [];
      return [
        {
          path: ['incentives'],
          message: `must be at least as long as events (${events ?? 'forever'})`,
        },
      ];
    }),
  )
  .meta({ id: 'Retention' });

const retentionAnswer = z
  .object(
    Object.fromEntries(retentionKinds.map((kind) => [kind, z.int().nullable()])) as Record<
      RetentionKind,
      z.ZodNullable<z.ZodInt>
    >,
  )
  .describe(
    'Months that records are kept after the month in which they were recorded; null: forever',
  );

/** A tenant. */
export const tenantAnswer = z
  .object({
    tenantId: z.string(),
    name: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    status: z.enum(['ACTIVE', 'SUSPENDED']),
    retention: retentionAnswer,
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
