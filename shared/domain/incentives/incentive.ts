import type { RefusedCap } from '../limits/caps.ts';

/**
 * REFUSED by a cap, or because no coupon was left; EXPIRED by its date; REVERSED by hand or with
 * its event.
 */
export const incentiveStatuses = ['ISSUED', 'REFUSED', 'EXPIRED', 'REVERSED'] as const;

/** One of them. */
export type IncentiveStatus = (typeof incentiveStatuses)[number];

/** Why nothing was issued. */
export type Refusal = Readonly<
  | ({ kind: 'cap' } & RefusedCap)
  | { kind: 'no-coupon'; pool: string }
  /** It was reversed before it was issued. */
  | { kind: 'reversed' }
  /** The campaign names a program that the tenant does not have. */
  | { kind: 'no-program'; program: string }
>;

/** What came of a qualification. */
export type Incentive = Readonly<{
  incentiveId: string;
  tenantId: string;
  userId: string;
  campaignId: string;
  campaignVersion: number;
  eventId: string;
  type: 'CASHBACK' | 'POINTS' | 'COUPON';
  /** POINTS or an ISO 4217 code; undefined for a coupon. */
  currency: string | undefined;
  /** Points or minor units; 1 for a coupon. */
  amount: number;
  program: string | undefined;
  couponCode: string | undefined;
  status: IncentiveStatus;
  refusedBy: Refusal | undefined;
  /** The local day of the tenant on which it counts. */
  day: string;
  qualifiedAt: Date;
  issuedAt: Date;
  expiresAt: Date | undefined;
  endedAt: Date | undefined;
  cause: string;
}>;

/** What stays in the database of an incentive that was archived. */
export type ArchivedIncentive = Readonly<{ isArchived: true }> &
  Pick<Incentive, 'incentiveId' | 'tenantId' | 'status' | 'issuedAt'>;

/** An incentive that exists: as it is, or what is known of it without its archive. */
export type RecordedIncentive = Incentive | ArchivedIncentive;

/** Whether an incentive was archived, so that nothing can be read of it or changed. */
export const isArchived = (incentive: RecordedIncentive): incentive is ArchivedIncentive =>
  'isArchived' in incentive;

const dayMs = 86_400_000;

/**
 * Whether an incentive that qualified at an instant may have been archived: incentives stay for at
 * least a month after the one in which they were issued, which is never before they qualified.
 */
export const mayBeArchived = (
  { qualifiedAt }: Pick<Incentive, 'qualifiedAt'>,
  now: Date,
): boolean => now.getTime() - qualifiedAt.getTime() > 27 * dayMs;

/** What is said of an incentive, each once under its own id. */
export type IncentiveEvent = 'generated' | 'refused' | 'reversed' | 'expired';
