import { type Incentive, isArchived, type RecordedIncentive } from './incentive.ts';

/** The fields that make two incentives under one id the same; what brought them may differ. */
const essence = ['tenantId', 'userId', 'campaignId'] as const;

/** A field in which an incentive may contradict the one that stands under its id. */
export type IncentiveConflict = (typeof essence)[number];

/**
 * Names the first field in which what is asked for differs from the incentive that stands, or
 * returns undefined.
 */
export const conflictWith = (
  recorded: RecordedIncentive,
  asked: Pick<Incentive, IncentiveConflict>,
): IncentiveConflict | undefined => {
  if (!isArchived(recorded)) return essence.find((field) => recorded[field] !== asked[field]);
  return recorded.tenantId === asked.tenantId ? undefined : 'tenantId';
};
