import { withClaim } from '#shared/domain/incentives/decide-incentives.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { conflictWith } from '#shared/domain/incentives/incentive-conflict.ts';
import type { Transaction } from './connect.ts';
import { noteSayings } from './incentive-log.ts';
import { readIncentives, updateClaimed } from './incentive-rows.ts';
import { correlationsOf, type RewardRequest, readClaims } from './read-claims.ts';

/**
 * Completes incentives that were reversed before their qualification came, with what it says: they are refused, once. Returns them;
 * repeating changes nothing.
 */
export const fillReversed = async (
  tx: Transaction,
  requests: readonly RewardRequest[],
  recorded: ReadonlyMap<string, Incentive>,
): Promise<readonly Incentive[]> => {
  const early = requests.filter(({ qualification }) => {
    const incentive = recorded.get(qualification.incentiveId);
    return (
      incentive?.refusedBy?.kind === 'reversed' &&
      conflictWith(incentive, qualification) === undefined
    );
  });
  if (early.length === 0) return [];
  const held = await readIncentives(
    tx,
    early.map(({ qualification }) => qualification.incentiveId),
    { lock: true },
  );
  const filled = (await readClaims(tx, [early])).flat().flatMap((claim) => {
    const incentive = held.get(claim.qualification.incentiveId);
    return incentive ? [withClaim(incentive, claim)] : [];
  });
  await updateClaimed(tx, filled);
  await noteSayings(tx, { event: 'refused', incentives: filled }, correlationsOf(requests));
  return filled;
};
