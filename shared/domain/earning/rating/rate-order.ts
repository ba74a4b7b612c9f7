import { assert } from '../../assert.ts';
import { amountMinorMax } from '../../money/minor-units.ts';
import type { EarningOrder } from '../earning-order.ts';
import type { Tier } from '../tiers/tier-ladder.ts';
import type { EarningRule, Rounding } from './earning-rule.ts';
import { multipliersFor } from './multipliers.ts';
import {
  fractionText,
  plus,
  type Rational,
  rational,
  remainderOf,
  times,
  wholeOf,
  zero,
} from './rational.ts';
import type { TraceStep } from './trace.ts';

/**
 * The points of an order, the rule version, and the steps of the computation. The last step of a
 * trace is the points.
 */
export type Rating = Readonly<{
  orderId: string;
  points: number;
  ruleVersion: number;
  /** Empty when nothing is left of the order. */
  trace: readonly TraceStep[];
}>;

/** What an order depends on from the orders before it. */
export type Circumstances = Readonly<{
  /** The tier just before the order. */
  tier?: Tier | undefined;
  /** The remainder kept so far, below one point. */
  carry: Rational;
  /** Points earned so far on the order's local day, and in its local month. */
  earnedOnDay: number;
  earnedInMonth: number;
}>;

/** The circumstances of an order that is rated independently. */
export const noCircumstances: Circumstances = { carry: zero, earnedOnDay: 0, earnedInMonth: 0 };

/**
 * Rates an order under the rule version in force for it: rate, bands, tier, promotions, remainder,
 * rounding, caps, always in this order and exactly up to the rounding. Returns the remainder kept
 * afterwards as well.
 */
export const rateOrder = (
  rule: EarningRule,
  order: EarningOrder,
  circumstances: Circumstances,
): Readonly<{ rating: Rating; carry: Rational }> => {
  const { orderId, amountMinor } = order;
  const isAmount = Number.isSafeInteger(amountMinor) && amountMinor >= 0;
  assert(isAmount && amountMinor <= amountMinorMax, `${amountMinor} is the amount of an order`);
  if (amountMinor === 0) {
    const rating = { orderId, points: 0, ruleVersion: rule.version, trace: [] };
    return { rating, carry: circumstances.carry };
  }
  const { points, trace, carry } = isPlain(rule, amountMinor, circumstances)
    ? { ...ratePlain(rule, amountMinor), carry: circumstances.carry }
    : rateExactly(rule, order, circumstances);
  const capped = capPoints(rule, points, circumstances);
  const steps = [...trace, ...capped.trace];
  return {
    rating: { orderId, points: capped.points, ruleVersion: rule.version, trace: steps },
    carry,
  };
};

type Rated = Readonly<{ points: number; trace: readonly TraceStep[] }>;

const rateText = ({ rate: { points, perMinor } }: EarningRule): string =>
  `${points} ${points === 1 ? 'point' : 'points'} per ${perMinor} minor ${perMinor === 1 ? 'unit' : 'units'}`;

/** Most orders: only a rate, rounded down, in numbers that plain integers hold. */
const isPlain = (
  { rounding, rate, bands, promotions }: EarningRule,
  amountMinor: number,
  { tier }: Circumstances,
): boolean =>
  rounding === 'floor' &&
  bands === undefined &&
  promotions.length === 0 &&
  tier === undefined &&
  Number.isSafeInteger(amountMinor * rate.points);

/** The same as `exactWorth` for plain orders, without the cost of big integers. */
const ratePlain = (rule: EarningRule, amountMinor: number): Rated => {
  const { points: ratePoints, perMinor } = rule.rate;
  const product = amountMinor * ratePoints;
  const points = (product - (product % perMinor)) / perMinor;
  const divisor = greatestCommonDivisor(product, perMinor);
  const exact = `${product / divisor}/${perMinor / divisor}`;
  const trace: readonly TraceStep[] = [
    { step: 'rate', says: rateText(rule), exact },
    { step: 'rounding', says: roundingText.floor, exact: `${points}/1` },
  ];
  return { points, trace };
};

const greatestCommonDivisor = (one: number, other: number): number => {
  let [larger, smaller] = [one, other];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
};

const rateExactly = (
  rule: EarningRule,
  order: EarningOrder,
  { tier, carry: kept }: Circumstances,
): Rated & Readonly<{ carry: Rational }> => {
  const { rate, rounding } = rule;
  let exact = rational(BigInt(order.amountMinor) * BigInt(rate.points), BigInt(rate.perMinor));
  const trace: TraceStep[] = [{ step: 'rate', says: rateText(rule), exact: fractionText(exact) }];
  for (const { step, says, factor } of multipliersFor(rule, order, tier)) {
    exact = times(exact, factor);
    trace.push({ step, says, exact: fractionText(exact) });
  }
  if (rounding === 'carry' && kept.num > 0n) {
    exact = plus(exact, kept);
    const says = `${fractionText(kept)} left over from before`;
    trace.push({ step: 'carry', says, exact: fractionText(exact) });
  }
  const points = roundedPoints(exact, rounding);
  const carry = rounding === 'carry' ? remainderOf(exact) : kept;
  const keeps = rounding === 'carry' ? `, ${fractionText(carry)} kept` : '';
  trace.push({ step: 'rounding', says: roundingText[rounding] + keeps, exact: `${points}/1` });
  return { points, trace, carry };
};

const roundingText: Readonly<Record<Rounding, string>> = {
  floor: 'rounded down',
  'half-up': 'rounded, halves up',
  carry: 'rounded down',
};

const half = rational(1n, 2n);

const roundedPoints = (exact: Rational, rounding: Rounding): number => {
  const whole = wholeOf(rounding === 'half-up' ? plus(exact, half) : exact);
  assert(whole <= BigInt(Number.MAX_SAFE_INTEGER), `${whole} points are too many for one order`);
  return Number(whole);
};

/** Points above a cap are lost: they are not added to the remainder or to another day. */
const capPoints = (
  { caps }: EarningRule,
  points: number,
  { earnedOnDay, earnedInMonth }: Circumstances,
): Rated => {
  const trace: TraceStep[] = [];
  let left = points;
  for (const [span, earned] of [
    ['order', 0],
    ['day', earnedOnDay],
    ['month', earnedInMonth],
  ] as const) {
    const cap = caps[span];
    if (cap === undefined || left + earned <= cap) continue;
    left = Math.max(0, cap - earned);
    const says = `cap of the ${span} ${cap}` + (span === 'order' ? '' : `, ${left} left`);
    trace.push({ step: 'cap', says, exact: `${left}/1` });
  }
  return { points: left, trace };
};
