import type { CampaignTerms } from '../campaigns/campaign.ts';
import type { Qualification } from '../campaigns/qualification.ts';
import type { Incentive } from '../incentives/incentive.ts';
import { localDateOf } from '../time/local-time.ts';
import { type Caps, type SubjectCaps, subjectsOf } from './caps.ts';
import type { Countable, LimitClaim } from './limit-claim.ts';

/**
 * What may be given as of now: the limits of the tenant, its time zone, and those of the campaign.
 */
export type ClaimTerms = Readonly<{
  timeZone: string;
  tenant: Readonly<{ GLOBAL: Caps; USER: Caps }>;
  campaign: CampaignTerms['limits'];
}>;

/**
 * What a qualification claims: on the tenant's local day of when it was earned, of the campaign's
 * caps for the user, of its caps for all, of its budget, of the tenant's caps for the user and of
 * those for all, in this order. Caps that limit nothing are left out.
 */
export const claimOf = (
  { incentiveId, userId, campaignId, reward, qualifiedAt }: Qualification,
  terms: ClaimTerms,
): LimitClaim => {
  const subjects = subjectsOf({ userId, campaignId });
  const amount = amountOf(reward);
  const caps = capsFor(terms, amount?.unit);
  return {
    incentiveId,
    day: localDateOf(terms.timeZone, qualifiedAt),
    amount,
    subjects,
    caps: caps.map((own) => ({ ...own, subject: subjects[own.scope] })),
  };
};

type ScopedCaps = Omit<SubjectCaps, 'subject'>;

/** Worked out once for all claims on the same terms, whose caps are then the very same objects. */
const capsOfTerms = new WeakMap<ClaimTerms, Map<string | undefined, readonly ScopedCaps[]>>();

const capsFor = (terms: ClaimTerms, unit: string | undefined): readonly ScopedCaps[] => {
  const known = capsOfTerms.get(terms) ?? new Map<string | undefined, readonly ScopedCaps[]>();
  capsOfTerms.set(terms, known);
  const caps = known.get(unit) ?? orderedCaps(terms, unit);
  known.set(unit, caps);
  return caps;
};

const orderedCaps = (
  { tenant, campaign }: ClaimTerms,
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
