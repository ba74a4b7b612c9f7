import { assert } from '../assert.ts';
import { localDateOf } from '../time/local-time.ts';
import {
  addToHistory,
  type EarningHistory,
  earnedAround,
  emptyHistory,
  keepFrom,
  metricOn,
} from './earning-history.ts';
import { byEventOrder, type EarningOrder, type EventPlace } from './earning-order.ts';
import type { Earning } from './program.ts';
import { type EarningRule, isRefusal, ruleForOrder } from './rating/earning-rule.ts';
import { type Rating, rateOrder } from './rating/rate-order.ts';
import type { RatingOutcome } from './rating/rating-outcome.ts';
import { type Rational, zero } from './rating/rational.ts';
import {
  climb,
  higherTier,
  ladderInForce,
  neededFrom,
  type TierState,
  yearBefore,
} from './tiers/tier-ladder.ts';
import { tierStateAt } from './tiers/tier-status.ts';

/**
 * What rating the next order of a customer needs to know about the orders before it, as of the last
 * one in event order. It survives JSON unchanged, and depends on the orders and what is left of
 * them, not on how they arrived.
 */
export type EarningState = EarningHistory &
  Readonly<{
    last?: Readonly<{ placedAt: string; orderId: string }> | undefined;
    /** The remainder below one point, as numerator and denominator. */
    carry: readonly [string, string];
    /** The first local date that `days` still contains; absent before the first order. */
    keptFrom?: string | undefined;
    tier: TierState;
  }>;

/** The state of a customer without orders. */
export const emptyState: EarningState = { ...emptyHistory, carry: ['0', '1'], tier: {} };

/**
 * Whether an order comes after all orders of a state, so that the state can advance; otherwise the
 * orders are replayed.
 */
export const comesAfter = ({ last }: EarningState, order: EventPlace): boolean =>
  last === undefined || byEventOrder(placeOf(last), order) < 0;

/**
 * The instant itself, or that of the state's last order if it is later: a state is never evaluated
 * before its last order.
 */
export const notBeforeLast = ({ last }: Pick<EarningState, 'last'>, now: Date): Date => {
  const lastAt = last && new Date(last.placedAt);
  return lastAt && lastAt > now ? lastAt : now;
};

/**
 * Whether an order can be rated from the current state of a wallet, without the orders before it.
 */
export const goesOn = (
  earning: Earning,
  state: EarningState | undefined,
  order: EventPlace,
): state is EarningState =>
  state !== undefined && comesAfter(state, order) && canGoOn(earning, state);

const placeOf = (last: NonNullable<EarningState['last']>): EventPlace => ({
  ...last,
  placedAt: new Date(last.placedAt),
});

/**
 * Whether a state can continue under a program that has changed: its ladder is the one that was
 * in effect at its last order, and it has kept the days that the windows need. Otherwise everything
 * is to be replayed.
 */
export const canGoOn = ({ program, timeZone }: Earning, state: EarningState): boolean => {
  const { last, keptFrom, tier } = state;
  if (last === undefined) return true;
  const lastAt = new Date(last.placedAt);
  if (ladderInForce(program.ladders, lastAt)?.version !== tier.ladder) return false;
  const from = neededFrom(program.ladders, lastAt, localDateOf(timeZone, lastAt));
  return keptFrom === undefined || keptFrom <= from;
};

type Advance = Readonly<{ state: EarningState; ratingOutcome: RatingOutcome }>;

/**
 * Rates an order that comes after a state, and adds it to the state. The order is multiplied by
 * the tier before it, not by one that it reaches itself. A refused order, and one of which nothing
 * is left, do not change the state.
 */
export const advance = (earning: Earning, state: EarningState, order: EarningOrder): Advance => {
  assert(comesAfter(state, order), `order ${order.orderId} comes after the state`);
  assert(canGoOn(earning, state), 'the state was made under a program like this one');
  const rule = order.rule ?? ruleForOrder(earning.program.rules, order);
  if (isRefusal(rule)) return { state, ratingOutcome: rule };
  return advanceBy(rule, earning, { state, order });
};

const advanceBy = (
  rule: EarningRule,
  earning: Earning,
  { state, order }: Readonly<{ state: EarningState; order: EarningOrder }>,
): Advance => {
  const localDate = localDateOf(earning.timeZone, order.placedAt);
  const ladder = ladderInForce(earning.program.ladders, order.placedAt);
  const tier = tierStateAt(earning, state, order.placedAt);
  const { rating, carry } = rateOrder(rule, order, {
    tier: higherTier(ladder, tier.tier, order.grantedTier),
    carry: toCarry(state),
    ...earnedAround(state, localDate),
  });
  const ratingOutcome = { kind: 'rated', rating } as const;
  if (order.amountMinor === 0) return { state, ratingOutcome };

  const history = addToHistory(state, localDate, { order, points: rating.points });
  const keptFrom = earning.keepsYear
    ? yearBefore(localDate)
    : neededFrom(earning.program.ladders, order.placedAt, localDate);
  const next: EarningState = {
    last: { placedAt: order.placedAt.toISOString(), orderId: order.orderId },
    carry: [String(carry.num), String(carry.den)],
    ...keepFrom(history, keptFrom),
    keptFrom,
    tier: ladder
      ? climb(ladder, tier, { metric: metricOn(ladder, history, localDate), at: order.placedAt })
      : tier,
  };
  return { state: next, ratingOutcome };
};

/**
 * Rates orders in the order of events, whatever order they are given in. Refused ones are left out.
 */
export const replay = (
  earning: Earning,
  orders: readonly EarningOrder[],
): Readonly<{ state: EarningState; ratings: readonly Rating[] }> => {
  let state = emptyState;
  const ratings: Rating[] = [];
  for (const order of orders.toSorted(byEventOrder)) {
    const next = advance(earning, state, order);
    state = next.state;
    if (next.ratingOutcome.kind === 'rated') ratings.push(next.ratingOutcome.rating);
  }
  return { state, ratings };
};

/** The remainder of a state; it is kept in lowest terms. */
const toCarry = ({ carry: [num, den] }: EarningState): Rational =>
  num === '0' ? zero : { num: BigInt(num), den: BigInt(den) };
