import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { recoverPoints, withMoves } from '../ledger/lots.ts';
import { recoveryEntries } from '../ledger/recovery-entries.ts';

/** Why a reward is revoked, and from which lots. */
export type Revocation = Readonly<{
  /** The customer's current lots. */
  lots: readonly Lot[];
  now: Date;
  reason: string;
  /** What requested it, as recorded in the ledger, and when. */
  cause: string;
  occurredAt: Date;
}>;

/**
 * Reverses a REWARD as far as the customer still has its points, from its own lot first. Points
 * that were spent or have expired are taken and given back at once, so the entries of a reward
 * always add up to zero, and the balance to what the customer keeps. Returns the entries with the
 * lots after them.
 */
export const revokeReward = (
  reward: LedgerEntry,
  { lots, now, ...because }: Revocation,
): Readonly<{ entries: readonly LedgerEntry[]; lots: readonly Lot[] }> => {
  const { lotId, points } = reward;
  const recovery = recoverPoints(lots, { lotId, points, policy: 'within-balance', now });
  const { moves, expired } = recovery;
  const { tenantId, customerId, program, causeId, reason: rewarded } = reward;
  const reason = rewarded === undefined ? because.reason : `${rewarded}: ${because.reason}`;
  const common = { tenantId, customerId, program, ...because, reason };
  const effect = { kind: 'REVOKE', causeId, counterAccount: 'rewarded' } as const;
  return {
    entries: recoveryEntries({ lot: reward, common, effect }, recovery),
    lots: withMoves(lots, { lotId, moves, expired }),
  };
};
