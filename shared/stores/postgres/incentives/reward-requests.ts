import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { RewardClaim } from '#shared/domain/incentives/decide-incentives.ts';
import { claimOf } from '#shared/domain/limits/claim-of.ts';
import type { RewardTerms } from '../limits/limit-reader.ts';

/** A qualification that requests a reward. */
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

/** What a request claims on the terms of its reward, with the correlation of its events. */
export type RequestedClaim = RewardClaim & Pick<RewardRequest, 'correlation'>;

/** Claims of which one is granted at most: the first that can be. */
export type RequestedChoices = readonly RequestedClaim[];

/** Terms of rewards, by `rewardKey`. */
export type TermsByKey = ReadonlyMap<string, RewardTerms>;

/** What a request claims on terms, which are those of its reward. */
export const toClaim = (request: RewardRequest, terms: RewardTerms): RequestedClaim => ({
  ...request,
  unit: terms.unit,
  campaignName: terms.campaignName,
  limit: claimOf(request.qualification, terms),
});

/** Finds the correlation under which the events of a requested incentive are published. */
export const correlationsOf = (claims: readonly RequestedClaim[]) => {
  const correlations = new Map(
    claims.map(({ qualification, correlation }) => [qualification.incentiveId, correlation]),
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
