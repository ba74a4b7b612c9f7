import type { Correlation } from '../correlation.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { EarningOrder } from './earning-order.ts';
import type { EarningRule } from './rating/earning-rule.ts';
import { noCircumstances, type Rating, rateOrder } from './rating/rate-order.ts';
import type { TierGrant } from './tiers/tier-grant.ts';
import type { TierLadder } from './tiers/tier-ladder.ts';

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
 * Whether a program rates orders independently, by the rule alone. It does not if tiers,
 * remainders, or caps per day or month make an order depend on the customer's other orders, or if a
 * cohort makes it depend on the customer.
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

/** A program, and the time zone whose days, months and years it goes by. */
export type Earning = Readonly<{
  program: Program;
  timeZone: string;
  /** Keeps a year of days in the state of a wallet, for tiers that take effect later. */
  keepsYear?: true;
}>;

/** That a customer was in a cohort from `since` until just before `until`. */
export type Membership = Readonly<{ cohort: string; since: Date; until: Date | undefined }>;

/** Returns the cohorts that a customer was in at an instant. */
export const cohortsAt = (memberships: readonly Membership[], at: Date): readonly string[] =>
  memberships
    .filter(({ since, until }) => since <= at && (until === undefined || at < until))
    .map(({ cohort }) => cohort);

/** Returns the grant in force at an instant. Grants of one wallet do not overlap. */
export const grantAt = (grants: readonly TierGrant[], at: Date): TierGrant | undefined =>
  grants.find(({ since, until }) => since <= at && (until === undefined || at < until));

/** An order of an active tenant, with its position in event order and its cause. */
export type PaidOrder = Readonly<{
  tenantId: string;
  customerId: string;
  orderId: string;
  amountMinor: number;
  currency: string;
  placedAt: Date;
  /** CloudEvents source, a blank, id. */
  cause: string;
  correlation: Correlation;
}>;

/** A program that pays an order. */
export type PayingProgram = Readonly<{
  earning: Earning;
  /** In effect for the order. */
  rule: EarningRule;
  /** Where the points go. */
  lot: Pick<LedgerEntry, 'account' | 'lotId' | 'expiresAt' | 'availableAt' | 'awaits'>;
}>;

/** An order in a program that pays it. */
export type ProgramOrder = PayingProgram & Readonly<{ order: PaidOrder }>;

/** What applied to a customer at the time of an order, independent of the orders before it. */
export type Entitlements = Readonly<{
  memberships: readonly Membership[];
  /** None where the account is the only one of its customer. */
  grants?: readonly TierGrant[] | undefined;
}>;

/** An order as earning rules see it. */
export const toEarningOrder = (
  { orderId, placedAt, amountMinor, currency }: Omit<EarningOrder, 'cohorts'>,
  { memberships, grants = [] }: Entitlements,
): EarningOrder => ({
  orderId,
  placedAt,
  amountMinor,
  currency,
  cohorts: cohortsAt(memberships, placedAt),
  grantedTier: grantAt(grants, placedAt)?.tier,
});

/** The EARN of an order in a program that rates each order independently. */
export const earnAlone = (paid: ProgramOrder): LedgerEntry => {
  const order = toEarningOrder(paid.order, { memberships: [] });
  return earnEntry(paid, rateOrder(paid.rule, order, noCircumstances).rating);
};

/** The EARN of an order that was rated. */
export const earnEntry = (
  { order, earning: { program }, lot }: ProgramOrder,
  rating: Rating,
): LedgerEntry => ({
  tenantId: order.tenantId,
  program: program.program,
  kind: 'EARN',
  causeId: order.orderId,
  customerId: order.customerId,
  points: rating.points,
  counterAccount: 'issued',
  ...lot,
  orderId: order.orderId,
  amountMinor: order.amountMinor,
  currency: order.currency,
  ruleVersion: rating.ruleVersion,
  ...(needsTrace(rating) && { trace: rating.trace }),
  cause: order.cause,
  occurredAt: order.placedAt,
});

/** The rule's rate and the amount explain most orders. */
const needsTrace = ({ trace }: Rating): boolean =>
  trace.some(({ step }) => step !== 'rate' && step !== 'rounding');
