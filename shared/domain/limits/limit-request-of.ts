import type { CampaignTerms } from '../campaigns/campaign.ts';
import type { Qualification } from '../campaigns/qualification.ts';
import type { Incentive } from '../incentives/incentive.ts';
import { localDateOf } from '../time/local-time.ts';
import type { Caps, LimitScope, SubjectCaps } from './caps.ts';
import type { Countable, LimitRequest } from './limit-request.ts';

/**
 * What may be given as of now: the limits of the tenant, its time zone, and those of the campaign.
 */
export type LimitTerms = Readonly<{
  timeZone: string;
  tenant: Readonly<{ GLOBAL: Caps; USER: Caps }>;
  campaign: CampaignTerms['limits'];
}>;

/**
 * What a qualification requests on the tenant's local day of when it was earned: room in the caps
 * of the campaign for the user, in its caps for all, in its budget, in the tenant's caps for the
 * user and in those for all, in this order. Caps that limit nothing are left out.
 */
export const limitRequestOf = (
  { incentiveId, userId, campaignId, reward, qualifiedAt }: Qualification,
  terms: LimitTerms,
): LimitRequest =>
  limitRequestOn(
    {
      incentiveId,
      day: localDateOf(terms.timeZone, qualifiedAt),
      amount: amountOf(reward),
      subjects: subjectsOf({ userId, campaignId }),
    },
    terms,
  );

/** The caps that hold for what is counted, as `limitRequestOf` has them. */
export const limitRequestOn = (countable: Countable, terms: LimitTerms): LimitRequest => ({
  ...countable,
  caps: capsFor(terms, countable.amount?.unit).map((own) => ({
    ...own,
    subject: countable.subjects[own.scope],
  })),
});

type ScopedCaps = Omit<SubjectCaps, 'subject'>;

/** Computed once for all requests on the same terms, so their caps are identical objects. */
const capsOfTerms = new WeakMap<LimitTerms, Map<string | undefined, readonly ScopedCaps[]>>();

const capsFor = (terms: LimitTerms, unit: string | undefined): readonly ScopedCaps[] => {
  const known = capsOfTerms.get(terms) ?? new Map<string | undefined, readonly ScopedCaps[]>();
  capsOfTerms.set(terms, known);
  const caps = known.get(unit) ?? orderedCaps(terms, unit);
  known.set(unit, caps);
  return caps;
};

const orderedCaps = (
  { tenant, campaign }: LimitTerms,
  unit: string | undefined,
): readonly ScopedCaps[] => {
  const ordered: readonly ScopedCaps[] = [
    { scope: 'CAMPAIGN_USER', caps: campaign.perUser ?? {} },
    { scope: 'CAMPAIGN', caps: campaign.overall ?? {} },
    { scope: 'CAMPAIGN', caps: budgetCaps(campaign.budget, unit) },
    { scope: 'USER', caps: tenant.USER },
    { scope: 'GLOBAL', caps: tenant.GLOBAL },
  ];
  return ordered.filter(({ caps }) => limits(caps, unit));
};

const budgetCaps = (maxTotal: number | undefined, unit: string | undefined): Caps =>
  unit === undefined ? { maxTotal } : { amounts: { [unit]: { maxTotal } } };

const limits = (caps: Caps, unit: string | undefined): boolean => {
  const own = unit === undefined ? undefined : caps.amounts?.[unit];
  return [caps.maxPerDay, caps.maxTotal, own?.maxPerDay, own?.maxTotal].some(
    (max) => max !== undefined,
  );
};

/** What an incentive was counted for. */
export const countableOf = (
  incentive: Pick<
    Incentive,
    'incentiveId' | 'userId' | 'campaignId' | 'currency' | 'amount' | 'day'
  >,
): Countable => ({
  incentiveId: incentive.incentiveId,
  day: incentive.day,
  amount: amountOf(incentive),
  subjects: subjectsOf(incentive),
});

const amountOf = ({
  currency,
  amount,
}: Readonly<{ currency?: string | undefined; amount: number }>): Countable['amount'] =>
  currency === undefined ? undefined : { unit: currency, value: amount };

/** How much incentives change the usage of a subject, by unit. */
export type UsageChange = Readonly<{
  tenantId: string;
  subject: string;
  /** Whether incentives of several users count for the subject. */
  isShared: boolean;
  /** A local day, or undefined for the total. */
  day: string | undefined;
  /** POINTS or an ISO 4217 code; empty for incentives without an amount. */
  unit: string;
  count: number;
  amount: number;
}>;

/**
 * What incentives count for together, capped or not: one change per subject, unit and day, and one
 * per subject and unit in all.
 */
export const usageChanges = (incentives: readonly Incentive[]): readonly UsageChange[] => {
  const changes = new Map<string, UsageChange>();
  for (const change of incentives.flatMap(changesOf)) {
    const { tenantId, subject, day = '', unit } = change;
    const key = `${tenantId} ${day} ${unit} ${subject}`;
    const { count, amount } = changes.get(key) ?? { count: 0, amount: 0 };
    changes.set(key, { ...change, count: count + 1, amount: amount + change.amount });
  }
  return [...changes.values()];
};

const changesOf = (incentive: Incentive): readonly UsageChange[] => {
  const { tenantId } = incentive;
  const { day, amount, subjects } = countableOf(incentive);
  const { unit, value } = amount ?? { unit: '', value: 0 };
  const change = { tenantId, unit, count: 1, amount: value };
  return Object.entries(subjects).flatMap(([scope, subject]) => {
    const own = { ...change, subject, isShared: sharedScopes.has(scope) };
    return [
      { ...own, day: undefined },
      { ...own, day },
    ];
  });
};

const sharedScopes: ReadonlySet<string> = new Set<LimitScope>(['GLOBAL', 'CAMPAIGN']);

/**
 * The subjects whose usage an incentive counts for, by scope: they name rows in Postgres and keys
 * in Redis.
 */
export const subjectsOf = ({
  userId,
  campaignId,
}: Readonly<{ userId: string; campaignId: string }>): Readonly<Record<LimitScope, string>> => ({
  GLOBAL: 'tenant',
  USER: `user:${userId}`,
  CAMPAIGN: `campaign:${campaignId}`,
  CAMPAIGN_USER: `campaign:${campaignId}:user:${userId}`,
});

/** A subject of one user, and what its name has before the user's id. */
const userSubject = /^(?<scope>(?:campaign:[^:]*:)?user:)(?<userId>.*)$/su;

/** Splits the name of a subject of one user; undefined if users share the subject. */
export const userOf = (
  subject: string,
): Readonly<{ scope: string; userId: string }> | undefined => {
  const { scope, userId } = userSubject.exec(subject)?.groups ?? {};
  return scope === undefined || userId === undefined ? undefined : { scope, userId };
};
