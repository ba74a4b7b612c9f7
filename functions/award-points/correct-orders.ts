import type { RefundPolicy } from '#shared/domain/earning/earning-rule.ts';
import { partCauseId } from '#shared/domain/ledger/effect-part.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Lot } from '#shared/domain/ledger/lot.ts';
import { type LotMove, takeBack, withMoves } from '#shared/domain/ledger/lots.ts';
import type { RecordedOrder } from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AccountKey } from '#shared/stores/postgres/ledger/hold-accounts.ts';

/** That an order is worth other points than it was paid. */
export type Correction = Readonly<{
  order: RecordedOrder;
  /** More points where positive, fewer where negative. */
  points: number;
  policy: RefundPolicy;
  /** REVERSE of the refunded order itself, REVISE of others. */
  kind: 'REVERSE' | 'REVISE';
  causeId: string;
  cause: string;
  occurredAt: Date;
  /** Of a REVERSE: what was refunded. */
  amountMinor?: number | undefined;
}>;

/** What a correction did: its entries, and what the customer keeps of points that were taken back in the books only. */
export type Corrected = Readonly<{
  correction: Correction;
  entries: readonly LedgerEntry[];
  writtenOff: number;
}>;

type Wallet = Readonly<{ key: AccountKey; lots: readonly Lot[]; now: Date }>;

/** Books corrections one after the other, each on the lots as the one before left them. */
export const correctOrders = (
  { key, lots, now }: Wallet,
  corrections: readonly Correction[],
): readonly Corrected[] => {
  let left = lots;
  return corrections.map((correction) => {
    const { corrected, lots: after } = correctOrder({ key, lots: left, now }, correction);
    left = after;
    return corrected;
  });
};

const correctOrder = ({ key, lots, now }: Wallet, correction: Correction) => {
  const { points, policy, order } = correction;
  const { lotId } = order;
  const recovery =
    points > 0
      ? { moves: [{ lot: lotOf(lots, order), points }], lapsed: 0, writtenOff: 0 }
      : takeBack(lots, { lotId, points: -points, policy, now });
  const entries = toEntries(key, correction, recovery);
  const { lapsed, writtenOff } = recovery;
  const corrected: Corrected = { correction, entries, writtenOff: writtenOff + lapsed };
  return { corrected, lots: withMoves(lots, { lotId, moves: recovery.moves, lapsed }) };
};

/** The lot that an order was paid into, as it stands: pending points join pending ones. */
const lotOf = (lots: readonly Lot[], { lotId, expiresAt }: RecordedOrder): Lot =>
  lots.find((lot) => lot.lotId === lotId && lot.account === 'pending' && lot.points > 0) ??
  lots.find((lot) => lot.lotId === lotId && lot.account === 'available') ?? {
    lotId,
    account: 'available',
    points: 0,
    reserved: 0,
    expired: 0,
    expiresAt,
  };

type Recovered = Readonly<{ moves: readonly LotMove[]; lapsed: number; writtenOff: number }>;

/**
 * One entry per lot. What nobody holds any more is taken from the order and given back at once, so that an order's entries always
 * add up to what it is worth, and the balance to what the customer keeps.
 */
const toEntries = (
  key: AccountKey,
  { kind, causeId, cause, occurredAt, order, amountMinor }: Correction,
  { moves, lapsed, writtenOff }: Recovered,
): readonly LedgerEntry[] => {
  const common = { ...key, orderId: order.orderId, cause, occurredAt };
  const own = { lotId: order.lotId, expiresAt: order.expiresAt, account: 'available' as const };
  const lost = lapsed + writtenOff;
  const taken = moves.map(({ lot: { lotId, account, expiresAt }, points }) => ({
    lotId,
    account,
    expiresAt,
    points,
  }));
  const parts = lost > 0 || taken.length === 0 ? [...taken, { ...own, points: 0 - lost }] : taken;
  const written = parts.map(
    (part, index): LedgerEntry => ({
      ...common,
      ...part,
      kind,
      causeId: partCauseId(causeId, index),
      counterAccount: 'issued',
      ruleVersion: order.ruleVersion,
      ...(index === 0 && amountMinor !== undefined && { amountMinor, currency: order.currency }),
    }),
  );
  const restored = (
    [
      ['expired', lapsed],
      ['written-off', writtenOff],
    ] as const
  ).flatMap(([counterAccount, points]): LedgerEntry[] =>
    points === 0
      ? []
      : [
          {
            ...common,
            ...own,
            kind: 'ADJUST',
            causeId: `${kind} ${causeId} ${counterAccount}`,
            points,
            counterAccount,
          },
        ],
  );
  return [...written, ...restored];
};
