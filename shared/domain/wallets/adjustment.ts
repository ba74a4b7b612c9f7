import type { Balance } from '../ledger/balance.ts';
import { partCauseId } from '../ledger/effect-part.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { burn, emptyEverlastingLot, type LotMove, spendable } from '../ledger/lots.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';
import { fullWallet, insufficientPoints, type WalletRefusal } from './wallet-refusal.ts';

/** A manual adjustment of points. */
export type Adjustment = Readonly<{
  adjustmentId: string;
  wallet: WalletKey;
  /** More points where positive, fewer where negative; never 0. */
  points: number;
  reason: string;
  /** Subject who made it. */
  by: string;
  /** The lot that points are put into. */
  lot: Pick<Lot, 'lotId' | 'expiresAt'>;
  /** Whether more points may be taken than the wallet has. */
  allowNegative: boolean;
  /** What brought it, as the ledger names it. */
  cause: string;
}>;

/** The entries of an adjustment. */
export type AdjustmentEntries = Readonly<{ kind: 'adjust'; entries: readonly LedgerEntry[] }>;

type WalletState = Readonly<{
  lots: readonly Lot[];
  /** Of the wallet; undefined: none yet. */
  balance?: Pick<Balance, 'points' | 'pending'> | undefined;
  now: Date;
}>;

/** Whether the entries recorded under the id of an adjustment are those of this very adjustment. */
export const isSameAdjustment = (
  adjustment: Adjustment,
  recorded: readonly LedgerEntry[],
): boolean =>
  recorded[0]?.reason === adjustmentReason(adjustment) &&
  recorded.reduce((sum, { points }) => sum + points, 0) === adjustment.points;

/**
 * Returns the entries of an adjustment, one per lot: points are taken in order of expiry, and
 * missing points are owed.
 */
export const decideAdjustment = (
  adjustment: Adjustment,
  { lots, balance, now }: WalletState,
): AdjustmentEntries | WalletRefusal => {
  const { adjustmentId, wallet, points, cause } = adjustment;
  const refusal = fullWallet(balance, points);
  if (refusal !== undefined) return refusal;
  const moves = points > 0 ? put(adjustment) : take(adjustment, { lots, now });
  if (moves === undefined) return insufficientPoints(lots, { points: -points, now });
  const entries = moves.map(
    ({ lot: { lotId, expiresAt }, points: moved }, index): LedgerEntry => ({
      ...wallet,
      kind: 'ADJUST',
      causeId: partCauseId(adjustmentId, index),
      account: 'available',
      points: moved,
      counterAccount: 'adjusted',
      lotId,
      expiresAt,
      reason: adjustmentReason(adjustment),
      cause,
      occurredAt: now,
    }),
  );
  return { kind: 'adjust', entries };
};

/** The text of the entries of an adjustment: subject and reason. */
const adjustmentReason = ({ by, reason }: Pick<Adjustment, 'by' | 'reason'>): string =>
  `${by}: ${reason}`;

const put = ({ lot, points }: Adjustment): readonly LotMove[] => [
  { lot: { ...emptyEverlastingLot, ...lot }, points },
];

const take = (
  { points, allowNegative }: Adjustment,
  { lots, now }: Readonly<{ lots: readonly Lot[]; now: Date }>,
): readonly LotMove[] | undefined => {
  const moves = burn(lots, { points: -points, now });
  if (moves !== undefined || !allowNegative) return moves;
  const available = Math.max(0, spendable(lots, now));
  const taken = burn(lots, { points: available, now }) ?? [];
  const owed = points + available;
  const everlasting = taken.find(({ lot }) => lot.lotId === emptyEverlastingLot.lotId);
  return [
    ...taken.filter((move) => move !== everlasting),
    { lot: emptyEverlastingLot, points: owed + (everlasting?.points ?? 0) },
  ];
};
