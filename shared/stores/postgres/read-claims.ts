import { assert } from '#shared/domain/assert.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { ClaimChoices } from '#shared/domain/incentives/decide-incentives.ts';
import { subjectsOf } from '#shared/domain/limits/caps.ts';
import { claimOf } from '#shared/domain/limits/claim-of.ts';
import type { Transaction } from './connect.ts';
import { readRewardTerms, rewardKey } from './limit-reader.ts';
import type { UsageKey } from './limit-usage.ts';

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

/** Reads all that is asked before requests are rewarded, as others have committed it by now. */
export const readClaims = async (
  tx: Transaction,
  requests: readonly RequestChoices[],
): Promise<readonly ClaimChoices[]> => {
  const terms = await readRewardTerms(tx, requests.flat().map(termsKeyOf));
  return requests.map((choices) =>
    choices.map((request) => {
      const { qualification } = request;
      const found = terms.get(rewardKey(termsKeyOf(request)));
      assert(
        found,
        `campaign ${qualification.campaignId} of tenant ${qualification.tenantId} stands`,
      );
      const { unit, campaignName } = found;
      return { ...request, unit, campaignName, limit: claimOf(qualification, found) };
    }),
  );
};

/**
 * Finds the correlation under which the events of an incentive that was asked for are published.
 */
export const correlationsOf = (requests: readonly RewardRequest[]) => {
  const correlations = new Map(
    requests.map(({ qualification, correlation }) => [qualification.incentiveId, correlation]),
  );
  return (incentiveId: string): Correlation | undefined => correlations.get(incentiveId);
};

/** Under which terms a request is decided. */
export const termsKeyOf = ({ qualification: { tenantId, campaignId, reward } }: RewardRequest) => ({
  tenantId,
  campaignId,
  program: reward.program,
});

/** Claims by their tenants, which have nothing to do with each other. */
export const claimsByTenant = (
  claims: readonly ClaimChoices[],
): ReadonlyMap<string, readonly ClaimChoices[]> =>
  Map.groupBy(claims, ([first]) => first?.qualification.tenantId ?? '');

/** Whose usage what is asked for or was issued counts for, each once. */
export const usageKeysOf = (
  counted: readonly Readonly<{ tenantId: string; userId: string; campaignId: string }>[],
): readonly UsageKey[] => {
  const keys = counted.flatMap(({ tenantId, ...of }) =>
    Object.values(subjectsOf(of)).map(
      (subject) => [`${tenantId} ${subject}`, { tenantId, subject }] as const,
    ),
  );
  return [...new Map(keys).values()];
};
