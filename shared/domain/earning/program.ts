import type { EarningRule } from './earning-rule.ts';
import type { TierLadder } from './tier-ladder.ts';

/** The program that tenants have from the start, and the one that boards rank. */
export const mainProgram = 'points';

/**
 * One of a tenant's kinds of value: points, or money back in the minor units of a currency. A
 * wallet holds one program.
 */
export type Program = Readonly<{
  program: string;
  /** `POINTS`, or the ISO 4217 code whose minor units are counted. */
  unit: string;
  rules: readonly EarningRule[];
  ladders: readonly TierLadder[];
}>;

/**
 * Whether the orders of a program are rated each by itself, by the rule and nothing else. They are
 * not where tiers, remainders or caps of a day or a month make one order depend on the others of
 * its customer, nor where a cohort makes it depend on who that is.
 */
export const ratesOrdersAlone = ({ rules, ladders }: Program): boolean =>
  ladders.length === 0 &&
  rules.every(
    ({ rounding, caps, promotions }) =>
      rounding !== 'carry' &&
      caps.day === undefined &&
      caps.month === undefined &&
      promotions.every(({ cohort }) => cohort === undefined),
  );
