import type { EarningOrder } from './earning-order.ts';
import { type EarningRule, ruleInForce } from './earning-rule.ts';

/**
 * Why an order earns nothing, ever: the rules in force when it was placed are for other currencies,
 * or there were none.
 */
export type Refusal = Readonly<{
  kind: 'refused';
  reason: 'no-rule' | 'wrong-currency';
  detail: string;
}>;

/**
 * Returns the rule version in force for an order's currency when it was placed, however late it
 * arrives.
 */
export const ruleForOrder = (
  rules: readonly EarningRule[],
  { currency, placedAt: at }: Pick<EarningOrder, 'currency' | 'placedAt'>,
): EarningRule | Refusal => ruleInForce(rules, { currency, at }) ?? refuse(rules, currency, at);

const refuse = (rules: readonly EarningRule[], currency: string, at: Date): Refusal => {
  const known = [...new Set(rules.map((rule) => rule.currency))].sort();
  const earning = known.filter((other) => ruleInForce(rules, { currency: other, at }));
  if (earning.length === 0) {
    const detail = `No earning rule was in effect at ${at.toISOString()}`;
    return { kind: 'refused', reason: 'no-rule', detail };
  }
  const detail = `The tenant has programs in ${earning.join(', ')}; the order is in ${currency}`;
  return { kind: 'refused', reason: 'wrong-currency', detail };
};

/** Whether there was no rule to judge by. */
export const isRefusal = (rule: EarningRule | Refusal): rule is Refusal => 'kind' in rule;
