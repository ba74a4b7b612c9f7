import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { checkClauses } from '#shared/rules/check-campaign.ts';
import type { CampaignReferences } from '#shared/stores/postgres/campaign-references.ts';
import type { Contradiction } from '../fields.ts';

type Surroundings = Readonly<{ references: CampaignReferences; now: Date }>;

/** Finds what keeps terms, which fit in themselves, from working where and when they are to: each with its place in the document. */
export const checkTerms = (
  terms: CampaignTerms,
  { references, now }: Surroundings,
): readonly Contradiction[] => [
  ...checkClauses(terms, references.schemas).map(({ path, message }) => ({
    path: [...path],
    message,
  })),
  ...ofWindow(terms, now),
  ...ofCohort(terms, references),
  ...ofReward(terms, references),
];

const ofWindow = ({ endAt }: CampaignTerms, now: Date): readonly Contradiction[] =>
  endAt > now
    ? []
    : [{ path: ['endAt'], message: `is in the past: it is now ${now.toISOString()}` }];

const ofCohort = (
  { cohort }: CampaignTerms,
  { hasCohort }: CampaignReferences,
): readonly Contradiction[] =>
  cohort === undefined || hasCohort
    ? []
    : [{ path: ['cohort'], message: `cohort ${cohort} does not exist` }];

const ofReward = (
  { reward }: CampaignTerms,
  { hasPool, programUnit }: CampaignReferences,
): readonly Contradiction[] => {
  if (reward.type === 'COUPON') {
    const message = `${reward.pool} is no pool of coupons of the tenant`;
    return hasPool ? [] : [{ path: ['reward', 'pool'], message }];
  }
  const { program } = reward;
  if (program === undefined) return [];
  const unit = reward.type === 'POINTS' ? 'POINTS' : reward.currency;
  if (programUnit === unit) return [];
  const message =
    programUnit === undefined
      ? `${program} is no program of the tenant`
      : `${program} counts ${programUnit}, and the reward is ${unit}`;
  return [{ path: ['reward', 'program'], message }];
};
