import type { Campaign, StackingPolicy } from './campaign.ts';
import type { ResolvedReward } from './qualification.ts';

/** A campaign that an event qualifies for, with what it would give. */
export type Rival = Readonly<{ campaign: Campaign; reward: ResolvedReward }>;

/** Campaigns of which an event is rewarded by one at most, in the order in which they are tried. */
type Ranked = readonly [first: Rival, ...others: Rival[]];

/**
 * Ranks the campaigns of each group: all but the first are tried only where those before them have
 * nothing left. Campaigns without a group, and those of a group that stacks, compete with none. The
 * order of the rivals decides nothing: where a policy leaves it open, the smaller priority comes
 * first, then the smaller id. Should the campaigns of a group differ in policy, that of the one
 * with the smallest priority holds.
 */
export const rankRivals = (rivals: readonly Rival[]): readonly Ranked[] => {
  const groups = Map.groupBy(rivals, ({ campaign }) => campaign.terms.stacking?.group);
  return [...groups].flatMap(([group, ofGroup]) =>
    group === undefined ? ofGroup.map((rival): Ranked => [rival]) : rankGroup(ofGroup),
  );
};

const rankGroup = (rivals: readonly Rival[]): readonly Ranked[] => {
  const byPriority = rivals.toSorted((one, other) => compareTurns(one.campaign, other.campaign));
  const policy = byPriority[0]?.campaign.terms.stacking?.policy ?? 'stack';
  if (policy === 'stack') return byPriority.map((rival): Ranked => [rival]);
  const [first, ...others] = ranked(byPriority, policy);
  return first === undefined ? [] : [[first, ...others]];
};

/** Orders campaigns by priority, equal ones by id. */
export const compareTurns = (one: Campaign, other: Campaign): number =>
  one.terms.priority - other.terms.priority || (one.campaignId < other.campaignId ? -1 : 1);

/** Amounts of different units say nothing about which is more, so there priority decides. */
const ranked = (
  byPriority: readonly Rival[],
  policy: Exclude<StackingPolicy, 'stack'>,
): readonly Rival[] => {
  const units = new Set(byPriority.map(({ reward }) => reward.currency));
  if (policy === 'first' || units.size > 1) return byPriority;
  const sign = policy === 'highest' ? -1 : 1;
  return byPriority.toSorted((one, other) => sign * (one.reward.amount - other.reward.amount));
};
