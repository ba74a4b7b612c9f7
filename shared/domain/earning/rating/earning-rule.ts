import {
  addDays,
  dayMs,
  localDateOf,
  startOfLocalDate,
  startOfPeriod,
} from '../../time/local-time.ts';

/**
 * How the exact points of an order become whole ones. `carry` keeps the fraction for the customer's
 * next order.
 */
export type Rounding = 'floor' | 'half-up' | 'carry';

/**
 * Multipliers by the amount of one order. `marginal`: each part of the amount has the multiplier of
 * its own band, as with an income tax; `whole`: all of it has that of the band it reaches. Below
 * the first band the multiplier is 1.
 */
export type AmountBands = Readonly<{
  mode: 'marginal' | 'whole';
  /** Ascending by `fromMinor`. */
  bands: readonly Readonly<{ fromMinor: number; multiplierBp: number }>[];
}>;

/**
 * A multiplier for orders placed within [from, until), for everybody or for the members of a
 * cohort.
 */
export type Promotion = Readonly<{
  id: string;
  from: Date;
  until: Date;
  multiplierBp: number;
  cohort?: string | undefined;
}>;

/**
 * The most points that one order, one local day and one local month may earn under a rule's
 * program.
 */
export type EarningCaps = Readonly<{
  order?: number | undefined;
  day?: number | undefined;
  month?: number | undefined;
}>;

/**
 * When points can be used: at once, so many days after the order, or when an event of a name
 * arrives for the order.
 */
export type Pending = Readonly<
  { kind: 'none' } | { kind: 'delay'; days: number } | { kind: 'event'; name: string }
>;

/**
 * When points expire: never; at the end of the local day that many days after the order; or at the
 * end of the local calendar period (`month`, `quarter`, `year`) that many periods after the
 * order's.
 */
export type Expiry = Readonly<
  | { kind: 'none' }
  | { kind: 'rolling'; days: number }
  | { kind: 'calendar'; period: 'month' | 'quarter' | 'year'; more: number }
>;

/**
 * What a refund does about points that were already spent. `unlimited`: the balance goes below
 * zero; `within-balance`: points that the balance lacks are written off; `only-pending`: everything
 * but points that are still pending is written off.
 */
export type RefundPolicy = 'unlimited' | 'within-balance' | 'only-pending';

/**
 * The terms of a rule, without the time when it is in effect. Multipliers are in basis points:
 * 15,000 is one and a half.
 */
export type EarningTerms = Readonly<{
  /**
   * `points` points for every `perMinor` minor units, exactly: 1 for 10,000 is one point per ₹100.
   */
  rate: Readonly<{ points: number; perMinor: number }>;
  rounding: Rounding;
  bands?: AmountBands | undefined;
  promotions: readonly Promotion[];
  caps: EarningCaps;
  pending: Pending;
  expiry: Expiry;
  refundPolicy: RefundPolicy;
}>;

/**
 * One immutable version of how a program pays orders of a currency, for orders placed from
 * `validFrom` on.
 */
export type EarningRule = EarningTerms &
  Readonly<{
    version: number;
    currency: string;
    validFrom: Date;
    /**
     * Orders placed from here on earn nothing by this version; absent: until a later version
     * begins.
     */
    validUntil?: Date | undefined;
  }>;

/** The terms of a rule with only a rate. */
export const plainTerms = {
  rounding: 'floor',
  promotions: [],
  caps: {},
  pending: { kind: 'none' },
  expiry: { kind: 'none' },
  refundPolicy: 'within-balance',
} as const satisfies Omit<EarningTerms, 'rate'>;

/**
 * Returns the version for a currency in force at an instant: the latest begun, unless it has ended.
 */
const ruleInForce = (
  rules: readonly EarningRule[],
  { currency, at }: Readonly<{ currency: string; at: Date }>,
): EarningRule | undefined => {
  let latest: EarningRule | undefined;
  for (const rule of rules) {
    const begun = rule.currency === currency && rule.validFrom <= at;
    if (begun && (latest === undefined || rule.validFrom >= latest.validFrom)) latest = rule;
  }
  return latest !== undefined && hasEnded(latest, at) ? undefined : latest;
};

const hasEnded = ({ validUntil }: EarningRule, at: Date): boolean =>
  validUntil !== undefined && validUntil <= at;

/**
 * Why an order can never earn points: the rules in force when it was placed are for other
 * currencies, or there were none.
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
  { currency, placedAt: at }: Readonly<{ currency: string; placedAt: Date }>,
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

/** Whether there was no rule to rate by. */
export const isRefusal = (rule: EarningRule | Refusal): rule is Refusal => 'kind' in rule;

/**
 * Returns when the points of an order expire: always the start of a local day, so they can be used
 * to the end of the day before.
 */
export const expiryOf = (expiry: Expiry, timeZone: string, placedAt: Date): Date | undefined => {
  if (expiry.kind === 'none') return undefined;
  const placedOn = localDateOf(timeZone, placedAt);
  const expiresOn =
    expiry.kind === 'rolling'
      ? addDays(placedOn, expiry.days + 1)
      : startOfPeriod(placedOn, expiry.period, expiry.more + 1);
  return startOfLocalDate(timeZone, expiresOn);
};

/**
 * Returns when pending points can be used: a number of days of 24 hours after their order.
 * Undefined for points that wait for an event, and for points that were never pending.
 */
export const availableAt = (pending: Pending, placedAt: Date): Date | undefined =>
  pending.kind === 'delay' ? new Date(placedAt.getTime() + pending.days * dayMs) : undefined;
