/** The longest sliding window of a cap, in local days. */
export const windowDaysMax = 366;

/** Maximums; an omitted one does not limit. Zero allows nothing. */
export type Caps = Readonly<{
  /** Incentives on one local day of the tenant. */
  maxPerDay?: number | undefined;
  /** Incentives in all, or within any `windowDays` local days in a row. */
  maxTotal?: number | undefined;
  windowDays?: number | undefined;
  /** The same by amount, per unit: POINTS or an ISO 4217 code whose minor units are counted. */
  amounts?: Readonly<Record<string, AmountCaps>> | undefined;
}>;

/** Caps on an amount. `maxTotal` uses the same `windowDays`. */
export type AmountCaps = Readonly<{
  maxPerDay?: number | undefined;
  maxTotal?: number | undefined;
}>;

/** Whose usage is counted. */
export type LimitScope = 'GLOBAL' | 'USER' | 'CAMPAIGN' | 'CAMPAIGN_USER';

/** Caps with the subject whose usage they limit; a subject may have several. */
export type SubjectCaps = Readonly<{ scope: LimitScope; subject: string; caps: Caps }>;

/** The cap that was reached, and its usage. */
export type RefusedCap = Readonly<{
  scope: LimitScope;
  subject: string;
  period: 'day' | 'total' | 'window';
  /** `count`, or the unit of an amount. */
  measure: string;
  max: number;
  used: number;
  asked: number;
}>;
