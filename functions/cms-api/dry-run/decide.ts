import { earnedAround } from '#shared/domain/earning/earning-history.ts';
import type { EarningOrder } from '#shared/domain/earning/earning-order.ts';
import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type { Earning } from '#shared/domain/earning/program.ts';
import {
  availableAt,
  type EarningRule,
  expiryOf,
  isRefusal,
  type Refusal,
  ruleForOrder,
} from '#shared/domain/earning/rating/earning-rule.ts';
import {
  type Circumstances,
  type Rating,
  rateOrder,
} from '#shared/domain/earning/rating/rate-order.ts';
import { rational } from '#shared/domain/earning/rating/rational.ts';
import { higherTier, ladderInForce } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { tierStateAt } from '#shared/domain/earning/tiers/tier-status.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';

/** Something to rate without paying it. */
type Case = Readonly<{
  order: EarningOrder;
  /** The customer's state before the order. */
  state: EarningState;
  /** By this rule instead of the one in force. */
  rule?: EarningRule | undefined;
  /** As if the customer had this tier. */
  tier?: string | undefined;
}>;

/** The lot that points would go into. */
export type DryLot = Readonly<{
  pending: boolean;
  availableAt: Date | undefined;
  awaits: string | undefined;
  expiresAt: Date | undefined;
}>;

type DryRating = Readonly<{
  kind: 'rated';
  rating: Rating;
  tier: string | undefined;
  lot: DryLot;
  /** What may still be earned after the order; undefined where there is no cap. */
  capsLeft: Readonly<{ day: number | undefined; month: number | undefined }>;
}>;

/** What a dry run finds; a tier that no ladder in force then has is refused too. */
export type DryRun = DryRating | Refusal | Readonly<{ kind: 'unknown-tier' }>;

/**
 * Rates an order as `advance` does, with the given rule and tier, and returns the result with its
 * trace.
 */
export const rateDry = (earning: Earning, previewed: Case): DryRun => {
  const { order } = previewed;
  const rule = ruleForOrder(
    previewed.rule === undefined ? earning.program.rules : [previewed.rule],
    order,
  );
  if (isRefusal(rule)) return rule;
  const circumstances = circumstancesOf(earning, previewed);
  if (previewed.tier !== undefined && circumstances.tier === undefined)
    return { kind: 'unknown-tier' };
  const { rating } = rateOrder(rule, order, circumstances);
  return {
    kind: 'rated',
    rating,
    tier: circumstances.tier?.name,
    lot: lotOf(rule, earning.timeZone, order.placedAt),
    capsLeft: capsLeft(rule, circumstances, rating),
  };
};

const circumstancesOf = (earning: Earning, { order, state, tier }: Case): Circumstances => {
  const { program, timeZone } = earning;
  const ladder = ladderInForce(program.ladders, order.placedAt);
  const own = tierStateAt(earning, state, order.placedAt).tier;
  const [num, den] = state.carry;
  return {
    tier:
      tier === undefined ? higherTier(ladder, own, order.grantedTier) : higherTier(ladder, tier),
    carry: rational(BigInt(num), BigInt(den)),
    ...earnedAround(state, localDateOf(timeZone, order.placedAt)),
  };
};

const lotOf = ({ pending, expiry }: EarningRule, timeZone: string, placedAt: Date): DryLot => ({
  pending: pending.kind !== 'none',
  availableAt: availableAt(pending, placedAt),
  awaits: pending.kind === 'event' ? pending.name : undefined,
  expiresAt: expiryOf(expiry, timeZone, placedAt),
});

const capsLeft = (
  { caps }: EarningRule,
  { earnedOnDay, earnedInMonth }: Circumstances,
  { points }: Rating,
): DryRating['capsLeft'] => {
  const left = (cap: number | undefined, earned: number) =>
    cap === undefined ? undefined : Math.max(0, cap - earned - points);
  return { day: left(caps.day, earnedOnDay), month: left(caps.month, earnedInMonth) };
};
