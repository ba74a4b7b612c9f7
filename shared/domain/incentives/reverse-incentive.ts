import type { Correlation } from '../correlation.ts';
import type { Incentive } from './incentive.ts';

/** That an incentive is to be taken back. */
export type ReversalRequest = Pick<
  Incentive,
  | 'incentiveId'
  | 'tenantId'
  | 'userId'
  | 'campaignId'
  | 'campaignVersion'
  | 'eventId'
  /** What asked for it: CloudEvents source, a blank, id. */
  | 'cause'
> &
  Readonly<{
    reason: string;
    requestedAt: Date;
    /** Under which its events are published. */
    correlation?: Correlation | undefined;
  }>;

/** An issued incentive once it is taken back. */
export const reverseIncentive = (incentive: Incentive, now: Date): Incentive => ({
  ...incentive,
  status: 'REVERSED',
  endedAt: now,
});

/**
 * Stands in the place of an incentive that is not issued yet, so that it never will be; what it
 * would have given is not known yet.
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
