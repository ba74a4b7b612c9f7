import { z } from 'zod';
import { type AmountCaps, type Caps, windowDaysMax } from '#shared/domain/limits/caps.ts';
import { subjectsOf } from '#shared/domain/limits/limit-request-of.ts';
import { noTally, noUsage, type Tally, type Usage } from '#shared/domain/limits/usage.ts';
import { addDays, localDateOf } from '#shared/domain/time/local-time.ts';
import { rewardCurrency } from '#shared/eventing/contracts/reward-fields.ts';
import { strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { type Reply, reply } from '#shared/runtime/http/reply.ts';
import { revisionOf, type TenantLimits } from '#shared/stores/postgres/limits/limit-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { crossChecked, type Issue } from '../fields.ts';
import { noTenant } from '../refusals.ts';

/** Caps as documents write them, each of them at least `least`. */
export const capsDocument = (least: 0 | 1) => {
  const cap = whole(least).optional();
  const amounts = z.record(
    rewardCurrency,
    strict({
      maxPerDay: cap.describe('Maximum amount per local day of the tenant'),
      maxTotal: cap.describe('Maximum amount in total, or in any window of windowDays'),
    }),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'must be POINTS or an ISO 4217 code such as INR'
          : 'must be an object',
    },
  );
  return strict({
    maxPerDay: cap.describe('Maximum incentives per local day of the tenant'),
    maxTotal: cap.describe('Maximum incentives in total, or in any window of windowDays'),
    windowDays: whole(1, windowDaysMax)
      .optional()
      .describe(
        'maxTotal applies to any sliding window of this many local days. Defaults to all time',
      ),
    amounts: amounts.optional().describe('Caps by unit: points, or minor units of a currency'),
  })
    .check(crossChecked(issuesOfCaps))
    .meta({ id: least === 0 ? 'Caps' : 'CampaignCaps' });
};

/** Caps one of which makes another ineffective. */
const issuesOfCaps = (caps: Caps): readonly Issue[] => {
  const measures: readonly Readonly<{ path: string[]; caps: AmountCaps }>[] = [
    { path: [], caps },
    ...Object.entries(caps.amounts ?? {}).map(([unit, amounts]) => ({
      path: ['amounts', unit],
      caps: amounts,
    })),
  ];
  const isOpen = measures.every((measure) => measure.caps.maxTotal === undefined);
  return [
    ...(caps.windowDays !== undefined && isOpen
      ? [{ path: ['windowDays'], message: 'requires a maxTotal' }]
      : []),
    ...measures.flatMap(({ path, caps: { maxPerDay, maxTotal } }) =>
      maxPerDay === undefined || maxTotal === undefined || maxPerDay <= maxTotal
        ? []
        : [{ path: [...path, 'maxPerDay'], message: `must be at most ${maxTotal}, the maxTotal` }],
    ),
  ];
};

/** The body that sets all caps of a scope; omitted ones are removed. */
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
      .describe('The ETag of the limits'),
  })
  .meta({ id: 'Limits' });

/** The entity tag of limits. */
const tagOf = (limits: TenantLimits): string => `"${revisionOf(limits)}"`;

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

/**
 * What counts for a subject's caps on a local day: what it used that day, and what its maxTotal
 * goes by.
 */
export const usedToday = (
  usage: Usage,
  { windowDays }: Pick<Caps, 'windowDays'>,
  today: string,
): Readonly<{ day: Tally; total: Tally }> => {
  const day = usage.days[today] ?? noTally;
  if (windowDays === undefined) return { day, total: usage.total };
  const first = addDays(today, 1 - windowDays);
  const inWindow = Object.entries(usage.days).filter(([date]) => first <= date && date <= today);
  return { day, total: inWindow.map(([, tally]) => tally).reduce(add, noTally) };
};

const add = (sum: Tally, { count, amounts }: Tally): Tally => ({
  count: sum.count + count,
  amounts: Object.fromEntries(
    [...new Set([...Object.keys(sum.amounts), ...Object.keys(amounts)])].map((unit) => [
      unit,
      (sum.amounts[unit] ?? 0) + (amounts[unit] ?? 0),
    ]),
  ),
});
