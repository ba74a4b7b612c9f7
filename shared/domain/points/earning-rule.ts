/**
 * One immutable version of a tenant's basic earning rule: `pointsPerStep` points for every full `minorPerStep`
 * minor units of one order, so 1 point per ₹100 is 1 per 10,000 paise. Valid for orders placed from `validFrom` on, until
 * a later version begins.
 */
export type EarningRule = Readonly<{
  version: number;
  currency: string;
  pointsPerStep: number;
  minorPerStep: number;
  validFrom: Date;
}>;

/** Returns the version in force at an instant, or undefined before the first one began. */
export const ruleInForce = (rules: readonly EarningRule[], at: Date): EarningRule | undefined => {
  let inForce: EarningRule | undefined;
  for (const rule of rules) {
    const begun = rule.validFrom <= at;
    if (begun && (inForce === undefined || rule.validFrom >= inForce.validFrom)) inForce = rule;
  }
  return inForce;
};
