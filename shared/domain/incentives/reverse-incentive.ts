import type { Correlation } from '../correlation.ts';
import type { Incentive } from './incentive.ts';

/** A request to reverse an incentive. */
export type ReversalRequest = Pick<
  Incentive,
  | 'incentiveId'
  | 'tenantId'
  | 'userId'
  | 'campaignId'
  | 'campaignVersion'
  | 'eventId'
  /** What requested it: CloudEvents source, a blank, id. */
  | 'cause'
> &
  Readonly<{
    reason: string;
    requestedAt: Date;
    /** Under which its events are published. */
    correlation?: Correlation | undefined;
  }>;

/** An issued incentive after its reversal. */
export const reverseIncentive = (incentive: Incentive, now: Date): Incentive => ({
  ...incentive,
  status: 'REVERSED',
  endedAt: now,
});

/**
 * A placeholder for an incentive that is not issued yet, so that it never will be; its reward is
 * not known yet.
 */
export const neverIssued = (request: ReversalRequest, now: Date): Incentive => ({
  incentiveId: request.incentiveId,
  tenantId: request.tenantId,
  userId: request.userId,
  campaignId: request.campaignId,
  campaignVersion: request.campaignVersion,
  eventId: request.eventId,
  type: 'POINTS',
  currency: undefined,
  amount: 0,
  program: undefined,
  couponCode: undefined,
  status: 'REVERSED',
  refusedBy: { kind: 'reversed' },
  day: request.requestedAt.toISOString().slice(0, 10),
  qualifiedAt: request.requestedAt,
  issuedAt: now,
  expiresAt: undefined,
  endedAt: now,
  cause: request.cause,
});
