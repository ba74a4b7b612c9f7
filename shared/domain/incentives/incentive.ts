import { assert } from '../assert.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { RefusedCap } from '../limits/caps.ts';
import { dayMs } from '../time/local-time.ts';

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
  /** The days that its caps check are so long ago that their usage is no longer kept. */
  | { kind: 'too-late' }
  /** The campaign names a program that the tenant does not have. */
  | { kind: 'no-program'; program: string }
>;

/** The outcome of a qualification. */
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

/**
 * Whether an incentive that qualified at an instant may have been archived: incentives stay for at
 * least a month after the one in which they were issued, which is never before they qualified.
 */
export const mayBeArchived = (
  { qualifiedAt }: Pick<Incentive, 'qualifiedAt'>,
  now: Date,
): boolean => now.getTime() - qualifiedAt.getTime() > 27 * dayMs;

/** What is published of an incentive, each once under its own id. */
export type IncentiveEvent = 'generated' | 'refused' | 'reversed' | 'expired';

/** The fields that make two incentives under one id the same; what brought them may differ. */
const essence = ['tenantId', 'userId', 'campaignId'] as const;

/** A field in which an incentive may contradict the one recorded under its id. */
export type IncentiveConflict = (typeof essence)[number];

/**
 * Returns the name of the first field in which a request differs from the recorded incentive, or
 * undefined.
 */
export const conflictWith = (
  recorded: RecordedIncentive,
  asked: Pick<Incentive, IncentiveConflict>,
): IncentiveConflict | undefined => {
  if (!isArchived(recorded)) return essence.find((field) => recorded[field] !== asked[field]);
  return recorded.tenantId === asked.tenantId ? undefined : 'tenantId';
};

/** Where the points of a reward are credited, and its text on the statement. */
type RewardPlace = Readonly<{ lotId: string; reason: string }>;

/**
 * The REWARD entry of an incentive that is credited to a program: one per incentive, no matter
 * which function writes it.
 */
export const rewardEntry = (
  { incentiveId, tenantId, userId, program, ...incentive }: Incentive,
  { lotId, reason }: RewardPlace,
): LedgerEntry => {
  assert(program !== undefined, `incentive ${incentiveId} is credited to a program`);
  return {
    tenantId,
    program,
    kind: 'REWARD',
    causeId: incentiveId,
    customerId: userId,
    account: 'available',
    points: incentive.amount,
    counterAccount: 'rewarded',
    lotId,
    expiresAt: incentive.expiresAt,
    reason,
    cause: incentive.cause,
    occurredAt: incentive.qualifiedAt,
  };
};
