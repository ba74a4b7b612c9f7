/** Incentives given: how many, and how much by unit. */
export type Tally = Readonly<{ count: number; amounts: Readonly<Record<string, number>> }>;

/** What a subject has used. Days are local days of the tenant, 'YYYY-MM-DD'; those older than a window can be are dropped. */
export type Usage = Readonly<{
  total: Tally;
  days: Readonly<Record<string, Tally>>;
  /** Grows with every change; 0 before the first. */
  version: number;
}>;

/** A tally of nothing. */
export const noTally: Tally = { count: 0, amounts: {} };

/** Usage before anything was given. */
export const noUsage: Usage = { total: noTally, days: {}, version: 0 };
