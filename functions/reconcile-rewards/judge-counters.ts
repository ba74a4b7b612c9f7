import { noTally, type Tally, type Usage } from '#shared/domain/limits/usage.ts';
import type { StandingUsage } from '#shared/stores/postgres/standing-usages.ts';

/**
 * What counters in Redis hold, against Postgres: `missing` is no error, who asks loads them. `behind`: a settling was lost.
 * `corrupt`: another content under the same version. `ahead`: a version that Postgres does not have, so Postgres lost commits.
 */
export type CounterState = 'equal' | 'missing' | 'behind' | 'corrupt' | 'ahead';

/** Judges counters by the standing usage. Where that changed a moment ago, the settling may be on its way, and counts as equal. */
export const judgeCounters = (
  { usage, isSettled }: Pick<StandingUsage, 'usage' | 'isSettled'>,
  cached: Usage | undefined,
): CounterState => {
  if (cached === undefined) return 'missing';
  if (cached.version > usage.version) return 'ahead';
  if (cached.version < usage.version) return isSettled ? 'behind' : 'equal';
  return cached.version === usage.version && isSame(usage, cached) ? 'equal' : 'corrupt';
};

const isSame = (one: Usage, other: Usage): boolean =>
  isSameTally(one.total, other.total) &&
  Object.keys({ ...one.days, ...other.days }).every((day) =>
    isSameTally(one.days[day] ?? noTally, other.days[day] ?? noTally),
  );

const isSameTally = (one: Tally, other: Tally): boolean =>
  one.count === other.count &&
  Object.keys({ ...one.amounts, ...other.amounts }).every(
    (unit) => (one.amounts[unit] ?? 0) === (other.amounts[unit] ?? 0),
  );
