import type { Campaign, StackingPolicy } from './campaign.ts';
import type { ResolvedReward } from './qualification.ts';

/** A campaign that an event qualifies for, with what it would give. */
export type Rival = Readonly<{ campaign: Campaign; reward: ResolvedReward }>;

/**
 * Returns the ids of the campaigns that lose to another one of their group, each with the winner's. The order of the rivals decides
 * nothing: where a policy leaves it open, the smaller priority wins, then the smaller id. Should the campaigns of a group
 * differ in policy, that of the one with the smallest priority holds.
 */
export const excludedRivals = (rivals: readonly Rival[]): ReadonlyMap<string, string> => {
  const groups = Map.groupBy(rivals, ({ campaign }) => campaign.terms.stacking?.group);
  return new Map(
    [...groups].flatMap(([group, ofGroup]) => (group === undefined ? [] : losersOf(ofGroup))),
  );
};

const losersOf = (rivals: readonly Rival[]): readonly (readonly [string, string])[] => {
  const ranked = rivals.toSorted(byPriority);
  const policy = ranked[0]?.campaign.terms.stacking?.policy ?? 'stack';
  if (policy === 'stack') return [];
  const winner = winnerOf(ranked, policy)?.campaign.campaignId;
  return ranked
    .map(({ campaign }) => campaign.campaignId)
    .flatMap((id) => (winner === undefined || id === winner ? [] : [[id, winner] as const]));
};

const byPriority = ({ campaign: a }: Rival, { campaign: b }: Rival): number =>
  a.terms.priority - b.terms.priority || (a.campaignId < b.campaignId ? -1 : 1);

/** Amounts of different units say nothing about which is more, so there priority decides. */
const winnerOf = (
  ranked: readonly Rival[],
  policy: Exclude<StackingPolicy, 'stack'>,
): Rival | undefined => {
  const [first] = ranked;
  const units = new Set(ranked.map(({ reward }) => reward.currency));
  if (first === undefined || policy === 'first' || units.size > 1) return first;
  const isBetter = (amount: number, than: number) =>
    policy === 'highest' ? amount > than : amount < than;
  return ranked.reduce((best, rival) =>
    isBetter(rival.reward.amount, best.reward.amount) ? rival : best,
  );
};
