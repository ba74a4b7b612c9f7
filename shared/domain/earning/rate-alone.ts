import { assert } from '../assert.ts';
import type { EarningOrder } from './earning-order.ts';
import { isRefusal, ruleForOrder } from './earning-rule.ts';
import type { Judgement } from './judgement.ts';
import { judgesOrdersAlone, type Program } from './program.ts';
import { noCircumstances, rateOrder } from './rate-order.ts';

/**
 * Rates an order of a program that judges each by itself, just as `replay` would among all others,
 * without an account.
 */
export const rateAlone = (program: Program, order: EarningOrder): Judgement => {
  assert(judgesOrdersAlone(program), `program ${program.program} judges orders by themselves`);
  const rule = ruleForOrder(program.rules, order);
  if (isRefusal(rule)) return rule;
  return { kind: 'rated', rating: rateOrder(rule, order, noCircumstances).rating };
};
