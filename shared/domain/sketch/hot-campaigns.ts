/** When campaigns heat up and cool. */
export type HeatTerms = Readonly<{
  /** Hits in a window from which a campaign is hot. */
  threshold: number;
  /** Below this share of the threshold a hot campaign cools, so that it does not flicker. */
  hysteresis: number;
}>;

/** Whether so many hits make a campaign hot. An estimate is never too low: no hot one is missed. */
export const isHot = (hits: number, { threshold }: Pick<HeatTerms, 'threshold'>): boolean =>
  hits >= threshold;

/** A hot campaign, with the hits of the window that ended last and of the one under way. */
type HotCampaign = Readonly<{ heatedIn: number; ended: number; underWay: number }>;

/**
 * Whether a hot campaign has cooled: a whole window since it heated up had too few hits, and so has
 * the one under way.
 */
export const hasCooled = (
  { heatedIn, ended, underWay }: HotCampaign,
  endedBucket: number,
  { threshold, hysteresis }: HeatTerms,
): boolean => {
  const least = threshold * hysteresis;
  return heatedIn <= endedBucket && ended < least && underWay < least;
};
