import { assert } from '../../assert.ts';
import type { EarningOrder } from '../earning-order.ts';
import { type Program, ratesOrdersAlone } from '../program.ts';
import { isRefusal, ruleForOrder } from './earning-rule.ts';
import { noCircumstances, rateOrder } from './rate-order.ts';
import type { RatingOutcome } from './rating-outcome.ts';

/**
 * Rates an order of a program that rates each by itself, just as `replay` would among all others,
 * without a state.
 */
export const rateAlone = (program: Program, order: EarningOrder): RatingOutcome => {
  assert(ratesOrdersAlone(program), `program ${program.program} rates orders by themselves`);
  const rule = ruleForOrder(program.rules, order);
  if (isRefusal(rule)) return rule;
  return { kind: 'rated', rating: rateOrder(rule, order, noCircumstances).rating };
};
