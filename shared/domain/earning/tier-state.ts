import type { TierLadder } from './tier-ladder.ts';

/**
 * Where a customer stands on a ladder. Instants are ISO strings, so that it goes to JSON and back
 * unchanged.
 */
export type TierState = Readonly<{
  /** The version of the ladder. */
  ladder?: number | undefined;
  /** Absent below the first tier. */
  tier?: string | undefined;
  /** When the present tier began, or being back without one; absent for who never had a tier. */
  since?: string | undefined;
  /** The local date at whose start the tier falls, unless the metric recovers before. */
  fallsOn?: string | undefined;
}>;

/** Returns how many tiers of a ladder one has who holds the named one: 0 for none. */
export const levelOf = ({ tiers }: TierLadder, name: string | undefined): number =>
  tiers.findIndex((tier) => tier.name === name) + 1;

/** Returns the level that a metric deserves. */
export const deservedLevel = ({ tiers }: TierLadder, metric: number): number =>
  tiers.filter(({ threshold }) => threshold <= metric).length;

/** Whether a metric is below what the tier of a state asks for. */
export const isBelow = (ladder: TierLadder, state: TierState, metric: number): boolean =>
  deservedLevel(ladder, metric) < levelOf(ladder, state.tier);

/** Returns the state at another level from an instant on. */
export const atLevel = ({ version, tiers }: TierLadder, level: number, since: Date): TierState => ({
  ladder: version,
  tier: tiers[level - 1]?.name,
  since: since.toISOString(),
});

/** Returns the state as one that is not about to fall. */
export const holding = (state: TierState): TierState =>
  state.fallsOn === undefined ? state : { ...state, fallsOn: undefined };

/**
 * Takes an order into account: climbs as far as the metric with it deserves, or is no longer about
 * to fall.
 */
export const climb = (
  ladder: TierLadder,
  state: TierState,
  { metric, at }: Readonly<{ metric: number; at: Date }>,
): TierState => {
  const deserved = deservedLevel(ladder, metric);
  const level = levelOf(ladder, state.tier);
  if (deserved > level) return atLevel(ladder, deserved, at);
  return deserved === level ? holding(state) : state;
};

/**
 * Moves a state to another version of the ladder: to its tier of the same name, or further up where
 * the metric deserves it; if there is none of the name, to what the metric deserves. A fall that
 * was due under the old version is not; days of grace begin anew.
 */
export const moveToLadder = (
  ladder: TierLadder,
  state: TierState,
  { metric, at }: Readonly<{ metric: number; at: Date }>,
): TierState => {
  const level = Math.max(levelOf(ladder, state.tier), deservedLevel(ladder, metric));
  const moved = atLevel(ladder, level, at);
  return moved.tier === state.tier ? { ...moved, since: state.since } : moved;
};
