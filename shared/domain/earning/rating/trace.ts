/**
 * One step on the way from an order's amount to its points, in the fixed order of application.
 * `exact` is the value after the step as a reduced fraction such as "1250/1"; it is a whole number
 * from rounding on.
 */
export type TraceStep = Readonly<{
  step: 'rate' | 'bands' | 'tier' | 'promotion' | 'carry' | 'rounding' | 'cap';
  /**
   * What was applied, in words and figures: "1 point per 10000 minor units", "Gold × 1.5", "cap of
   * the day 500, 120 left".
   */
  says: string;
  exact: string;
}>;
