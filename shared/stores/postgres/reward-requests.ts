import { assert } from '#shared/domain/assert.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { RewardClaim } from '#shared/domain/incentives/decide-incentives.ts';
import { claimOf } from '#shared/domain/limits/claim-of.ts';
import { type RewardTerms, rewardKey } from './limit-reader.ts';

/** A qualification that asks to be rewarded. */
export type RewardRequest = Readonly<{
  qualification: Qualification;
  /** What brought it: CloudEvents source, a blank, id. */
  cause: string;
  /** Under which its events are published. */
  correlation?: Correlation | undefined;
  /** The lot that its points go into, where it is credited to a program. */
  lotId: string | undefined;
}>;

/** Requests of which one is granted at most: the first that can be. */
export type RequestChoices = readonly RewardRequest[];

/** Terms of rewards, by `rewardKey`. */
export type TermsByKey = ReadonlyMap<string, RewardTerms>;

/** What a request claims on its terms, which must be among these. */
export const toClaim = (request: RewardRequest, terms: TermsByKey): RewardClaim => {
  const { qualification } = request;
  const found = terms.get(rewardKey(termsKeyOf(request)));
  assert(
    found,
    `the terms of campaign ${qualification.campaignId} of tenant ${qualification.tenantId}`,
  );
  const { unit, campaignName } = found;
  return { ...request, unit, campaignName, limit: claimOf(qualification, found) };
};

/** Finds the correlation under which the events of an incentive that was asked for are published. */
export const correlationsOf = (requests: readonly RewardRequest[]) => {
  const correlations = new Map(
    requests.map(({ qualification, correlation }) => [qualification.incentiveId, correlation]),
  );
  return (incentiveId: string): Correlation | undefined => correlations.get(incentiveId);
};

/** Under which terms a request is decided. */
export const termsKeyOf = ({
  qualification: { tenantId, campaignId, reward },
}: Pick<RewardRequest, 'qualification'>) => ({
  tenantId,
  campaignId,
  program: reward.program,
});
