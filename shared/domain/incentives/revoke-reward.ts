import { partCauseId } from '../ledger/effect-part.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { type Recovery, takeBack, withMoves } from '../ledger/lots.ts';

/** Why a reward is taken back, and from what. */
export type Revocation = Readonly<{
  /** The customer's lots as they stand. */
  lots: readonly Lot[];
  now: Date;
  reason: string;
  /** What asked for it, as the ledger names it, and when. */
  cause: string;
  occurredAt: Date;
}>;

/**
 * Takes a REWARD back as far as the customer holds it, from its own lot first. What was spent or has lapsed is taken and given back
 * at once, so that the entries of a reward always add up to nothing, and the balance to what the customer keeps. Returns the entries
 * with the lots after them.
 */
export const revokeReward = (
  reward: LedgerEntry,
  { lots, now, ...because }: Revocation,
): Readonly<{ entries: readonly LedgerEntry[]; lots: readonly Lot[] }> => {
  const { lotId, points } = reward;
  const recovery = takeBack(lots, { lotId, points, policy: 'within-balance', now });
  const { moves, lapsed } = recovery;
  return {
    entries: toEntries(reward, recovery, because),
    lots: withMoves(lots, { lotId, moves, lapsed }),
  };
};

const toEntries = (
  { tenantId, customerId, program, causeId, lotId, expiresAt, reason: rewarded }: LedgerEntry,
  { moves, lapsed, writtenOff }: Recovery,
  { reason, cause, occurredAt }: Omit<Revocation, 'lots' | 'now'>,
): readonly LedgerEntry[] => {
  const common = {
    ...{ tenantId, customerId, program, cause, occurredAt },
    reason: rewarded === undefined ? reason : `${rewarded}: ${reason}`,
  };
  const own = { lotId, expiresAt, account: 'available' as const };
  const lost = lapsed + writtenOff;
  const taken = moves.map(({ lot, points }) => ({
    lotId: lot.lotId,
    expiresAt: lot.expiresAt,
    account: lot.account,
    points,
  }));
  const parts = lost > 0 || taken.length === 0 ? [...taken, { ...own, points: 0 - lost }] : taken;
  const revoked = parts.map(
    (part, index): LedgerEntry => ({
      ...common,
      ...part,
      kind: 'REVOKE',
      causeId: partCauseId(causeId, index),
      counterAccount: 'rewarded',
    }),
  );
  const restored = (
    [
      ['expired', lapsed],
      ['written-off', writtenOff],
    ] as const
  )
    .filter(([, points]) => points > 0)
    .map(
      ([counterAccount, points]): LedgerEntry => ({
        ...common,
        ...own,
        kind: 'ADJUST',
        causeId: `REVOKE ${causeId} ${counterAccount}`,
        points,
        counterAccount,
      }),
    );
  return [...revoked, ...restored];
};
