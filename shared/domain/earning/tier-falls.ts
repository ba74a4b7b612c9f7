import { addDays, startOfLocalDate } from '../time/local-time.ts';
import { type EarningHistory, metricOn, nextLossOn } from './earning-history.ts';
import type { TierLadder } from './tier-ladder.ts';
import { atLevel, deservedLevel, holding, isBelow, levelOf, type TierState } from './tier-state.ts';

/**
 * What moves a tier while no order comes: the ladder, what was ordered before, and where midnight
 * is.
 */
export type TierGround = Readonly<{
  ladder: TierLadder;
  history: EarningHistory;
  timeZone: string;
}>;

/** Returns the state after the local midnights that end `from` and begin `to` and all between. */
export const passMidnights = (
  ground: TierGround,
  state: TierState,
  { from, to }: Readonly<{ from: string; to: string }>,
): TierState => {
  let current = state;
  let date: string | undefined = addDays(from, 1);
  while (date !== undefined && date <= to) {
    current = judgeMidnight(ground, current, date);
    date = nextJudged(ground, current, date);
  }
  return current;
};

/**
 * Returns the next fall after a local date if no order comes and this ladder stays, or undefined
 * where none would ever be.
 */
export const nextFall = (
  ground: TierGround,
  state: TierState,
  after: string,
): Readonly<{ fallsAt: Date; fallsTo: string | undefined }> | undefined => {
  let current = state;
  let date: string | undefined = addDays(after, 1);
  while (date !== undefined) {
    const next: TierState = judgeMidnight(ground, current, date);
    if (next.tier !== current.tier) {
      return { fallsAt: startOfLocalDate(ground.timeZone, date), fallsTo: next.tier };
    }
    current = next;
    date = nextJudged(ground, current, date);
  }
  return undefined;
};

const judgeMidnight = (ground: TierGround, state: TierState, date: string): TierState => {
  const { ladder, history } = ground;
  if (ladder.downgrade === 'never') return state;
  if (!isBelow(ladder, state, metricOn(ladder, history, date))) return holding(state);
  const fallsOn = state.fallsOn ?? addDays(date, ladder.graceDays);
  return fallsOn > date ? { ...state, fallsOn } : fall(ground, state, date);
};

const fall = (
  { ladder, history, timeZone }: TierGround,
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

/** The next local date at whose start something may change; the days between need no look. */
const nextJudged = (
  { ladder, history }: TierGround,
  { tier, fallsOn }: TierState,
  date: string,
): string | undefined => {
  if (tier === undefined || ladder.downgrade === 'never') return undefined;
  return fallsOn ?? nextLossOn(ladder, history, date);
};
