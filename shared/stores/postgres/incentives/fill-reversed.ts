import { withClaim } from '#shared/domain/incentives/decide-incentives.ts';
import {
  type Incentive,
  isArchived,
  type RecordedIncentive,
} from '#shared/domain/incentives/incentive.ts';
import { conflictWith } from '#shared/domain/incentives/incentive-conflict.ts';
import type { Transaction } from '../driver/connect.ts';
import { recordIncentiveEvents } from './incentive-log.ts';
import { readIncentives, updateClaimed } from './incentive-rows.ts';
import { correlationsOf, type RequestedClaim } from './reward-requests.ts';

/**
 * Completes incentives that were reversed before their qualification came, with what it says: they
 * are refused, once. Returns them; repeating changes nothing.
 */
export const fillReversed = async (
  tx: Transaction,
  claims: readonly RequestedClaim[],
  recorded: ReadonlyMap<string, RecordedIncentive>,
): Promise<readonly Incentive[]> => {
  const early = claims.filter(({ qualification }) => {
    const incentive = recorded.get(qualification.incentiveId);
    return (
      incentive !== undefined &&
      !isArchived(incentive) &&
      incentive.refusedBy?.kind === 'reversed' &&
      conflictWith(incentive, qualification) === undefined
    );
  });
  if (early.length === 0) return [];
  const held = await readIncentives(
    tx,
    early.map(({ qualification }) => qualification.incentiveId),
    { lock: true },
  );
  const filled = early.flatMap((claim) => {
    const incentive = held.get(claim.qualification.incentiveId);
    return incentive && !isArchived(incentive) ? [withClaim(incentive, claim)] : [];
  });
  await updateClaimed(tx, filled);
  const events = filled.map((incentive) => ({ ...incentive, event: 'refused' as const }));
  await recordIncentiveEvents(tx, events, correlationsOf(early));
  return filled;
};
