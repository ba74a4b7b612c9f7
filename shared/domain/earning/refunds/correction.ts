import type { Correlation } from '../../correlation.ts';
import { Unavailable } from '../../errors.ts';
import type { LedgerEntry } from '../../ledger/ledger-entry.ts';
import type { Lot } from '../../ledger/lot.ts';
import { type LotDebit, type Recovery, recoverPoints, withMoves } from '../../ledger/lots.ts';
import { recoveryEntries } from '../../ledger/recovery-entries.ts';
import type { WalletKey } from '../../ledger/wallet-key.ts';
import type { Earning } from '../program.ts';
import type { RefundPolicy } from '../rating/earning-rule.ts';
import type { RecordedOrder } from '../recorded-order.ts';

/** What changes the points of orders: `order o-1` or `refund r-1`, with its time and event. */
export type Trigger = Readonly<{
  name: string;
  cause: string;
  correlation: Correlation | undefined;
  occurredAt: Date;
}>;

/** An order earns other points than it was paid. */
export type Correction = Readonly<{
  order: RecordedOrder;
  /** More points where positive, fewer where negative. */
  points: number;
  /** REVERSE of the refunded order itself, REVISE of others. */
  kind: 'REVERSE' | 'REVISE';
  causeId: string;
  occasion: Trigger;
  /** Of a REVERSE: what was refunded. */
  amountMinor?: number | undefined;
}>;

/**
 * The effect of a correction: its entries, and the points that were reversed in the ledger but that
 * the customer keeps.
 */
export type Corrected = Readonly<{
  correction: Correction;
  entries: readonly LedgerEntry[];
  writtenOff: number;
}>;

/** What corrections reverse in the lots that their orders were paid into. */
export const debitsOf = (corrections: readonly Correction[]): readonly LotDebit[] => {
  const changes = corrections.filter(({ points }) => points !== 0);
  return Array.from(
    Map.groupBy(changes, ({ order }) => order.lotId),
    ([lotId, own]) => ({
      lotId,
      points: own.reduce((sum, { points }) => sum + Math.max(0, -points), 0),
    }),
  );
};

type Wallet = Readonly<{ key: WalletKey; lots: readonly Lot[]; earning: Earning; now: Date }>;

/**
 * Makes corrections one after the other, each on the lots that the previous one left. Returns
 * Unavailable if this process has not loaded the rule that paid one of the orders.
 */
export const correctOrders = (
  wallet: Wallet,
  corrections: readonly Correction[],
): readonly Corrected[] | Unavailable => {
  const made: Corrected[] = [];
  let { lots } = wallet;
  for (const correction of corrections) {
    const { ruleVersion, orderId } = correction.order;
    const rule = wallet.earning.program.rules.find(({ version }) => version === ruleVersion);
    if (rule === undefined) {
      const detail = `Rule ${ruleVersion}, which paid order ${orderId}, is not loaded yet`;
      return new Unavailable('self', detail);
    }
    const { corrected, after } = correctOrder({ ...wallet, lots }, correction, rule.refundPolicy);
    made.push(corrected);
    lots = after;
  }
  return made;
};

const correctOrder = (
  { key, lots, now }: Wallet,
  correction: Correction,
  policy: RefundPolicy,
): Readonly<{ corrected: Corrected; after: readonly Lot[] }> => {
  const { points, order } = correction;
  const { lotId } = order;
  const recovery =
    points > 0
      ? { moves: [{ lot: lotOf(lots, order), points }], expired: 0, writtenOff: 0 }
      : recoverPoints(lots, { lotId, points: -points, policy, now });
  const entries = toEntries(key, correction, recovery);
  const { expired, writtenOff } = recovery;
  return {
    corrected: { correction, entries, writtenOff: writtenOff + expired },
    after: withMoves(lots, { lotId, moves: recovery.moves, expired }),
  };
};

/** The current lot that an order was paid into: pending points join pending ones. */
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

const toEntries = (
  key: WalletKey,
  { kind, causeId, occasion: { cause, occurredAt }, order, amountMinor }: Correction,
  recovery: Recovery,
): readonly LedgerEntry[] => {
  const { orderId, ruleVersion, currency } = order;
  const { tenantId, customerId, program } = key;
  const common = { tenantId, customerId, program, orderId, cause, occurredAt };
  const effect = { kind, causeId, counterAccount: 'issued', ruleVersion } as const;
  const entries = recoveryEntries({ lot: order, common, effect }, recovery);
  if (amountMinor === undefined) return entries;
  return entries.map((entry, index) => (index === 0 ? { ...entry, amountMinor, currency } : entry));
};
