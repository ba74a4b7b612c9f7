import { assert } from '../../assert.ts';
import { addDays, localDateOf, startOfLocalDate } from '../../time/local-time.ts';
import { type EarningHistory, fallsBelowOn, metricOn } from '../earning-history.ts';
import { type Earning, grantAt } from '../program.ts';
import type { TierGrant } from './tier-grant.ts';
import {
  atLevel,
  deservedLevel,
  higherTier,
  holding,
  isBelow,
  ladderInForce,
  levelOf,
  moveToLadder,
  type TierLadder,
  type TierState,
} from './tier-ladder.ts';

/** A tier state as of the last order, with the history that moves it on from there. */
type TierBasis = EarningHistory &
  Readonly<{ last?: Readonly<{ placedAt: string }> | undefined; tier: TierState }>;

/** What the tier of a customer depends on. */
type StandingBasis = TierBasis &
  Readonly<{
    /** Tiers granted because of the customer's other accounts. */
    grants?: readonly TierGrant[] | undefined;
  }>;

/** The tier of a customer at an instant, for readers and jobs. */
export type TierStatus = Readonly<{
  /** Undefined below the first tier, and before a program has a ladder. */
  tier: string | undefined;
  /** 0 without a tier, 1 for the first. */
  level: number;
  /**
   * When the current tier, or the time without a tier after one, began; undefined for a customer
   * who never had a tier.
   */
  since: Date | undefined;
  /** What the ladder counts, over its window. */
  metric: number;
  /** The next tier up, and how much of the metric is missing; absent at the top. */
  next?: Readonly<{ name: string; missing: number }> | undefined;
  /**
   * When the tier is lost without further orders under this version of the ladder; absent if it
   * never is.
   */
  fallsAt?: Date | undefined;
  /** The tier after that; undefined: none. Only meaningful together with `fallsAt`. */
  fallsTo?: string | undefined;
}>;

/**
 * Returns the tier of a customer at an instant not before the last order; orders at the instant
 * itself count.
 */
export const tierStatus = (earning: Earning, basis: StandingBasis, at: Date): TierStatus => {
  const { program, timeZone } = earning;
  const ladder = ladderInForce(program.ladders, at);
  if (ladder === undefined) return { tier: undefined, level: 0, since: undefined, metric: 0 };
  const state = tierStateAt(earning, basis, at);
  const today = localDateOf(timeZone, at);
  const metric = metricOn(ladder, basis, today);
  const grant = grantAt(basis.grants ?? [], at);
  const ownLevel = levelOf(ladder, state.tier);
  const level = Math.max(ownLevel, levelOf(ladder, grant?.tier));
  const next = ladder.tiers[level];
  return {
    tier: ladder.tiers[level - 1]?.name,
    level,
    since: level > ownLevel ? grant?.since : sinceOf(state),
    metric,
    ...(next && { next: { name: next.name, missing: next.threshold - metric } }),
    ...nextFall({ ladder, history: basis, timeZone }, { state, basis, level, at, today }),
  };
};

const sinceOf = ({ since }: TierState): Date | undefined =>
  since === undefined ? undefined : new Date(since);

/**
 * Returns the state at an instant not before the last order, if no order came in between. It
 * applies every local midnight and every new version of the ladder in turn, so the result does not
 * depend on the instants in between at which it was called.
 */
export const tierStateAt = (
  { program: { ladders }, timeZone }: Earning,
  basis: TierBasis,
  at: Date,
): TierState => {
  if (ladders.length === 0) return basis.tier;
  const lastAt = basis.last === undefined ? undefined : new Date(basis.last.placedAt);
  assert(lastAt === undefined || lastAt <= at, 'the instant is not before the last order');
  let state = basis.tier;
  let date = localDateOf(timeZone, lastAt ?? at);
  const passTo = (to: string) => {
    const ladder = ladders.find(({ version }) => version === state.ladder);
    const ground = ladder && { ladder, history: basis, timeZone };
    if (ground !== undefined) state = passMidnights(ground, state, { from: date, to });
    if (to > date) date = to;
  };
  for (const ladder of begunBetween(ladders, lastAt, at)) {
    // A version that begins at a midnight is the one that decides about this midnight.
    passTo(localDateOf(timeZone, new Date(ladder.validFrom.getTime() - 1)));
    const metric = metricOn(ladder, basis, localDateOf(timeZone, ladder.validFrom));
    state = moveToLadder(ladder, state, { metric, at: ladder.validFrom });
  }
  passTo(localDateOf(timeZone, at));
  return state;
};

/** The versions that took effect after one instant and not after another, in order. */
const begunBetween = (
  ladders: readonly TierLadder[],
  after: Date | undefined,
  until: Date,
): readonly TierLadder[] =>
  ladders
    .filter(({ validFrom }) => (after === undefined || validFrom > after) && validFrom <= until)
    .filter((ladder) => ladderInForce(ladders, ladder.validFrom) === ladder)
    .sort((one, other) => one.validFrom.getTime() - other.validFrom.getTime());

/**
 * What moves a tier while no order comes: the ladder, what it counts of earlier orders, and where
 * midnight is.
 */
export type TierCourse = Readonly<{
  ladder: TierLadder;
  history: EarningHistory;
  timeZone: string;
}>;

/** Returns the state after the local midnights that end `from` and begin `to` and all between. */
const passMidnights = (
  ground: TierCourse,
  state: TierState,
  { from, to }: Readonly<{ from: string; to: string }>,
): TierState => {
  let current = state;
  let date: string | undefined = addDays(from, 1);
  while (date !== undefined && date <= to) {
    current = passMidnight(ground, current, date);
    date = nextReview(ground, current);
  }
  return current;
};

/** A tier at the start of a local date; undefined: none. */
type TierFrom = Readonly<{ date: string; tier: string | undefined }>;

/**
 * Returns the falls of a state on a local date if no order comes and this ladder stays, in the
 * order of time: all, or the first so many.
 */
export const fallsOf = (
  ground: TierCourse,
  {
    state,
    today,
    fallsMax = Number.POSITIVE_INFINITY,
  }: Readonly<{ state: TierState; today: string; fallsMax?: number | undefined }>,
): readonly TierFrom[] => {
  const falls: TierFrom[] = [];
  let current = state;
  let date: string | undefined = addDays(today, 1);
  while (date !== undefined && falls.length < fallsMax) {
    const next: TierState = passMidnight(ground, current, date);
    if (next.tier !== current.tier) falls.push({ date, tier: next.tier });
    current = next;
    date = nextReview(ground, current);
  }
  return falls;
};

type Position = Readonly<{
  state: TierState;
  basis: StandingBasis;
  level: number;
  at: Date;
  today: string;
}>;

/** Returns when the level is lost, and to which tier; undefined where it never is. */
const nextFall = (
  ground: TierCourse,
  { state, basis: { grants = [] }, level, at, today }: Position,
): Readonly<{ fallsAt: Date; fallsTo: string | undefined }> | undefined => {
  const { ladder, timeZone } = ground;
  const own = fallsOf(ground, { state, today, ...(grants.length === 0 && { fallsMax: 1 }) }).map(
    ({ date, tier }) => ({ tier, since: startOfLocalDate(timeZone, date) }),
  );
  const tierAt = (instant: Date) => {
    const fallen = own.findLast(({ since }) => since <= instant) ?? state;
    return higherTier(ladder, fallen.tier, grantAt(grants, instant)?.tier)?.name;
  };
  const fallsAt = [...own.map(({ since }) => since), ...grants.flatMap(({ until }) => until ?? [])]
    .filter((instant) => instant > at && levelOf(ladder, tierAt(instant)) < level)
    .sort((one, other) => one.getTime() - other.getTime())[0];
  return fallsAt && { fallsAt, fallsTo: tierAt(fallsAt) };
};

const passMidnight = (ground: TierCourse, state: TierState, date: string): TierState => {
  const { ladder, history } = ground;
  if (ladder.downgrade === 'never') return state;
  if (!isBelow(ladder, state, metricOn(ladder, history, date))) return holding(state);
  const fallsOn = state.fallsOn ?? addDays(date, ladder.graceDays);
  return fallsOn > date ? { ...state, fallsOn } : fall(ground, state, date);
};

const fall = (
  { ladder, history, timeZone }: TierCourse,
  { tier }: TierState,
  date: string,
): TierState => {
  const metric = metricOn(ladder, history, date);
  const level =
    ladder.downgrade === 'one-level' ? levelOf(ladder, tier) - 1 : deservedLevel(ladder, metric);
  const fallen = atLevel(ladder, level, startOfLocalDate(timeZone, date));
  if (!isBelow(ladder, fallen, metric)) return fallen;
  // Without days of grace one level falls at each midnight, not all of them at one.
  return { ...fallen, fallsOn: addDays(date, Math.max(1, ladder.graceDays)) };
};

/** The next local date at whose start a state changes; the days in between can be skipped. */
const nextReview = (
  { ladder, history }: TierCourse,
  { tier, fallsOn }: TierState,
): string | undefined => {
  const threshold = ladder.tiers[levelOf(ladder, tier) - 1]?.threshold;
  if (threshold === undefined || ladder.downgrade === 'never') return undefined;
  return fallsOn ?? fallsBelowOn(ladder, history, threshold);
};
