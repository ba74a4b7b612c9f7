import { type EarningRule, ruleInForce } from './earning-rule.ts';

/** What the decision needs to know of an order. */
export type PlacedOrder = Readonly<{ amountMinor: number; currency: string; placedAt: Date }>;

export type AwardDecision =
  | Readonly<{ kind: 'award'; points: number; ruleVersion: number }>
  | Readonly<{ kind: 'refused'; reason: 'no-rule' | 'wrong-currency'; detail: string }>;

/**
 * Decides what an order is worth by the rule version in force when it was placed, however late it arrives: full steps
 * only, floored per order. An order below one step is an award of 0 points, not a refusal.
 */
export const decideAward = (
  { amountMinor, currency, placedAt }: PlacedOrder,
  rules: readonly EarningRule[],
): AwardDecision => {
  const rule = ruleInForce(rules, placedAt);
  if (rule === undefined) {
    const detail = `No earning rule was in force at ${placedAt.toISOString()}`;
    return { kind: 'refused', reason: 'no-rule', detail };
  }
  if (rule.currency !== currency) {
    const detail = `The tenant earns in ${rule.currency}, the order is in ${currency}`;
    return { kind: 'refused', reason: 'wrong-currency', detail };
  }
  const steps = Math.floor(amountMinor / rule.minorPerStep);
  return { kind: 'award', points: steps * rule.pointsPerStep, ruleVersion: rule.version };
};
