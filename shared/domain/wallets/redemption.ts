import { assert } from '../assert.ts';
import { partCauseId } from '../ledger/effect-part.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { burn } from '../ledger/lots.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';
import { insufficientPoints, type Spending, type WalletRefusal } from './wallet-refusal.ts';

/** Points of one lot, always above zero. */
export type LotShare = Readonly<{ lotId: string; points: number }>;

/**
 * Points set aside to be spent. A reservation ends once: it is committed, in whole or in part,
 * voided, or its time runs out, which is as good as a void. What is not committed can be spent
 * again.
 */
export type Redemption = Readonly<{
  tenantId: string;
  customerId: string;
  program: string;
  redemptionId: string;
  /** What was reserved. */
  points: number;
  /** What was spent of it. */
  committed: number;
  status: 'RESERVED' | 'COMMITTED' | 'VOIDED' | 'TIMED_OUT';
  /** Where it was reserved, earliest expiry first. */
  lots: readonly LotShare[];
  reference?: string | undefined;
  createdBy: string;
  createdAt: Date;
  timesOutAt: Date;
  endedAt?: Date | undefined;
}>;

type Reservation = Readonly<{ kind: 'reserve'; shares: readonly LotShare[] }>;

/**
 * Returns the lots that points are reserved from, earliest expiry first; refuses if there are not
 * enough.
 */
export const decideReservation = (
  lots: readonly Lot[],
  spending: Spending,
): Reservation | WalletRefusal => {
  const moves = burn(lots, spending);
  if (moves === undefined) return insufficientPoints(lots, spending);
  const shares = moves.map(({ lot: { lotId }, points }) => ({ lotId, points: -points }));
  return { kind: 'reserve', shares };
};

/** Whether a recorded redemption is that of this very request. */
export const isSameReservation = (
  recorded: Redemption,
  { points, reference }: Pick<Redemption, 'points' | 'reference'>,
): boolean => recorded.points === points && recorded.reference === reference;

/**
 * The redemption as it is at an instant: a reservation past its timeout has ended, whether or not
 * that is recorded.
 */
export const redemptionAt = (redemption: Redemption, now: Date): Redemption =>
  redemption.status === 'RESERVED' && redemption.timesOutAt <= now
    ? { ...redemption, status: 'TIMED_OUT', endedAt: redemption.timesOutAt }
    : redemption;

type Commitment = Readonly<{ kind: 'commit'; taken: readonly LotShare[] }>;
type Unchanged = Readonly<{ kind: 'unchanged' }>;

/**
 * Returns what a commit takes from which lots: everything, or for a part the points that expire
 * first. The same commit again changes nothing; any other on a redemption that has ended is
 * refused.
 */
export const decideCommit = (
  redemption: Redemption,
  { points = redemption.points, now }: Readonly<{ points?: number | undefined; now: Date }>,
): Commitment | Unchanged | WalletRefusal => {
  const current = redemptionAt(redemption, now);
  const { status } = current;
  if (status === 'COMMITTED' && current.committed === points) return { kind: 'unchanged' };
  if (status !== 'RESERVED') return hasEnded(current, status);
  if (points > current.points) {
    const detail = `${current.points} points are reserved, ${points} were requested`;
    return { kind: 'refused', reason: 'more-than-reserved', detail };
  }
  return { kind: 'commit', taken: firstShares(current.lots, points) };
};

type Void = Readonly<{ kind: 'void' }>;

/**
 * Returns whether there is something to release. A redemption that was never committed may be
 * voided repeatedly.
 */
export const decideVoid = (redemption: Redemption, now: Date): Void | Unchanged | WalletRefusal => {
  const current = redemptionAt(redemption, now);
  const { status } = current;
  if (status === 'COMMITTED') return hasEnded(current, status);
  return { kind: status === 'RESERVED' ? 'void' : 'unchanged' };
};

const hasEnded = (
  { redemptionId, committed, endedAt }: Redemption,
  status: Exclude<Redemption['status'], 'RESERVED'>,
): WalletRefusal => {
  const [reason, problem] = (
    {
      COMMITTED: ['redemption-committed', `was committed with ${committed}`],
      VOIDED: ['redemption-voided', 'was voided'],
      TIMED_OUT: ['redemption-timed-out', 'timed out'],
    } as const
  )[status];
  const when = endedAt === undefined ? '' : ` at ${endedAt.toISOString()}`;
  return { kind: 'refused', reason, detail: `Redemption ${redemptionId} ${problem}${when}` };
};

const firstShares = (shares: readonly LotShare[], points: number): readonly LotShare[] => {
  let left = points;
  return shares.flatMap(({ lotId, points: share }) => {
    const taken = Math.min(left, share);
    left -= taken;
    return taken === 0 ? [] : [{ lotId, points: taken }];
  });
};

type Occasion = Readonly<{ lots: readonly Lot[]; cause: string; now: Date }>;

/** The entries that spend what a redemption takes, one per lot. */
export const redeemEntries = (
  redemption: Pick<Redemption, keyof WalletKey | 'redemptionId' | 'reference'>,
  taken: readonly LotShare[],
  { lots, cause, now }: Occasion,
): readonly LedgerEntry[] =>
  taken.map(({ lotId, points }, index) => {
    const lot = lots.find(
      (candidate) => candidate.lotId === lotId && candidate.account === 'available',
    );
    assert(lot, `lot ${lotId} holds what is reserved in it`);
    return {
      tenantId: redemption.tenantId,
      program: redemption.program,
      customerId: redemption.customerId,
      kind: 'REDEEM',
      causeId: partCauseId(redemption.redemptionId, index),
      account: 'available',
      points: -points,
      counterAccount: 'redeemed',
      lotId,
      expiresAt: lot.expiresAt,
      reason: redemption.reference,
      cause,
      occurredAt: now,
    };
  });
