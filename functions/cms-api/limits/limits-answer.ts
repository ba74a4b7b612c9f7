import { z } from 'zod';
import { subjectsOf } from '#shared/domain/limits/caps.ts';
import { noUsage } from '#shared/domain/limits/usage.ts';
import { addDays, localDateOf } from '#shared/domain/time/local-time.ts';
import { type Reply, reply } from '#shared/runtime/reply.ts';
import type { TenantLimits } from '#shared/stores/postgres/limit-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { noTenant } from '../refusals.ts';
import { capsDocument } from './caps-document.ts';
import { usedToday } from './used-today.ts';

/** The body that sets the caps of a scope: all of them, so that what is left out is not limited. */
export const caps = capsDocument(0);

const tally = z.object({
  count: z.int(),
  amounts: z.record(z.string(), z.int()).describe('Amounts by unit'),
});

/** The caps of a tenant, with how much of those for all together is used. */
export const limitsAnswer = z
  .object({
    tenantId: z.string(),
    limits: caps.describe('For all users together'),
    userLimits: caps.describe('Limits per user'),
    usage: z
      .object({
        date: z.iso.date().describe("Today, in the tenant's time zone"),
        day: tally,
        total: tally.describe(
          'Usage that counts toward maxTotal: all time, or the last windowDays',
        ),
      })
      .describe('Of limits'),
  })
  .meta({ id: 'Limits' });

/** The entity tag of limits. */
export const tagOf = ({ versions: { GLOBAL, USER } }: TenantLimits): string =>
  `"${GLOBAL}.${USER}"`;

/** What showing limits takes. */
export type LimitAccess = Pick<Dependencies, 'limits' | 'tenants' | 'rewardLimits' | 'clock'>;

/** Shows limits as of now, with their ETag. @throws HttpProblem when there is no such tenant. */
export const showLimits = async (
  { tenants, rewardLimits, clock }: LimitAccess,
  limits: TenantLimits,
): Promise<Reply<z.input<typeof limitsAnswer>>> => {
  const { tenantId, caps } = limits;
  const tenant = await tenants.find(tenantId);
  if (tenant === undefined) throw noTenant(tenantId);
  const subject = subjectsOf({ userId: '', campaignId: '' }).GLOBAL;
  const date = localDateOf(tenant.timeZone, clock());
  const days = [{ first: addDays(date, 1 - (caps.GLOBAL.windowDays ?? 1)), last: date }];
  const usages = await rewardLimits.usages(tenantId, new Map([[subject, days]]));
  const usage = usages.get(subject) ?? noUsage;
  return reply({
    headers: { etag: tagOf(limits) },
    body: {
      tenantId,
      limits: caps.GLOBAL,
      userLimits: caps.USER,
      usage: { date, ...usedToday(usage, caps.GLOBAL, date) },
    },
  });
};
