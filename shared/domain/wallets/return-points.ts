import { partCauseId } from '../ledger/effect-part.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { burn, spendable, usableLots } from '../ledger/lots.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';

/** Points that a wallet was given, by when they expire. */
export type GivenPoints = Readonly<{ expiresAt: Date | undefined; points: number }>;

/** Points that go back to the wallet that gave them. */
export type PointsReturn = Readonly<{
  returnId: string;
  /** The wallet that has them. */
  from: WalletKey;
  /** The customer who gave them. */
  to: string;
  given: readonly GivenPoints[];
  reason: string;
  /** What brought it, as the ledger names it. */
  cause: string;
}>;

type WalletState = Readonly<{
  /** The lots of the wallet that has the points. */
  lots: readonly Lot[];
  now: Date;
  /** The recipient's lot of available points that expire at an instant, or never. */
  lotIdOf: (receiver: WalletKey, expiresAt: Date | undefined) => string;
}>;

/** The entries on both sides, and the points that were not there any more. */
export type ReturnEntries = Readonly<{ entries: readonly LedgerEntry[]; shortfall: number }>;

/** Points of a lot that return to the lot of the same or another expiry. */
type Move = Readonly<{ lot: Lot; points: number; expiresAt: Date | undefined }>;

/**
 * Returns the points that a wallet was given, each with the expiry that it had: first from the lot
 * of the same expiry, then from those that expire first, as if whoever has them had spent their own
 * points. Points that have expired since are gone. Points that the wallet lacks are the shortfall:
 * they were spent and are not owed. Points that expire last are returned first.
 */
export const decideReturn = (
  { returnId, from, to, given, reason, cause }: PointsReturn,
  { lots, now, lotIdOf }: WalletState,
): ReturnEntries => {
  const due = given
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    .toSorted((one, other) => timeOf(other.expiresAt) - timeOf(one.expiresAt));
  const points = sum(due);
  const payable = Math.min(points, Math.max(0, spendable(lots, now)));
  const receiver = { ...from, customerId: to };
  const moves = movesOf(limited(due, payable), lots, now);
  const entries = moves.flatMap(({ lot, points: moved, expiresAt }, index) => {
    const common = {
      kind: 'TRANSFER',
      account: 'available',
      counterAccount: 'transferred',
      reason,
      cause,
      occurredAt: now,
    } as const;
    const taken: LedgerEntry = {
      ...from,
      ...common,
      causeId: partCauseId(returnId, index),
      points: -moved,
      lotId: lot.lotId,
      expiresAt: lot.expiresAt,
    };
    const got: LedgerEntry = {
      ...receiver,
      ...common,
      causeId: partCauseId(`${returnId} in`, index),
      points: moved,
      lotId: lotIdOf(receiver, expiresAt),
      expiresAt,
    };
    return [taken, got];
  });
  return { entries, shortfall: points - payable };
};

const timeOf = (expiresAt: Date | undefined): number =>
  expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER;

const sum = (parts: readonly Readonly<{ points: number }>[]): number =>
  parts.reduce((total, { points }) => total + points, 0);

/** The first parts that add up to so many points. */
const limited = (parts: readonly GivenPoints[], points: number): readonly GivenPoints[] => {
  let left = points;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.points);
    left -= taken;
    return taken === 0 ? [] : [{ ...part, points: taken }];
  });
};

/** From which lots parts are paid. The lots have as many points as the parts. */
const movesOf = (
  parts: readonly GivenPoints[],
  lots: readonly Lot[],
  now: Date,
): readonly Move[] => {
  // What is owed lowers what can be spent, so the everlasting lot may have less than is free.
  const payable = new Map(
    (burn(lots, { points: Math.max(0, spendable(lots, now)), now }) ?? []).map(
      ({ lot, points }) => [lot, -points] as const,
    ),
  );
  const takeFrom = (lot: Lot, part: GivenPoints, wanted: number): readonly Move[] => {
    const points = Math.min(wanted, payable.get(lot) ?? 0);
    if (points === 0) return [];
    payable.set(lot, (payable.get(lot) ?? 0) - points);
    return [{ lot, points, expiresAt: part.expiresAt }];
  };
  const ordered = usableLots(lots, now);
  const same = parts.map((part) => {
    const own = ordered.find(({ expiresAt }) => timeOf(expiresAt) === timeOf(part.expiresAt));
    return own === undefined ? [] : takeFrom(own, part, part.points);
  });
  const others = parts.map((part, index) => {
    let left = part.points - sum(same[index] ?? []);
    return ordered.flatMap((lot) => {
      const taken = takeFrom(lot, part, left);
      left -= sum(taken);
      return taken;
    });
  });
  return [...same, ...others].flat();
};
