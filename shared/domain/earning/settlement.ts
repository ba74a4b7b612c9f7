import { Unavailable } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { type Recovery, takeBack, withMoves } from '../ledger/lots.ts';
import { recoveryEntries } from '../ledger/recovery-entries.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';
import type { AccountView } from './account-view.ts';
import type { Corrected, Correction, Occasion } from './correction.ts';
import { notBeforeLast } from './earning-account.ts';
import type { RefundPolicy } from './earning-rule.ts';
import type { Earning } from './program.ts';
import type { FromHistory, RecordedOrder } from './recorded-order.ts';
import type { EarningResult, Replayed } from './replay-orders.ts';
import { tierStanding } from './tier-standing.ts';

/** A tier that is not the one last published. */
export type TierChange = Readonly<{
  from: string | undefined;
  to: string | undefined;
  since: Date;
  occasion: Occasion;
}>;

/** What a decision changes about one account: all of it is committed, or nothing. */
export type Settlement = Readonly<{
  entries: readonly LedgerEntry[];
  /** Recorded orders whose points were corrected, by some of the entries. */
  corrected: readonly Corrected[];
  /** The new state of the account; absent: unchanged. */
  earning?:
    | (EarningResult &
        Pick<Replayed['earning'], 'keptTo'> &
        Readonly<{ tier: string | undefined; fallsAt: Date | undefined }>)
    | undefined;
  tierChange?: TierChange | undefined;
}>;

/** What settles an account: the program that pays, what for, and when. */
export type Settling = Readonly<{ earning: Earning; occasion: Occasion; now: Date }>;

/**
 * A decision about one account; Unavailable when this process has not loaded the terms that it
 * needs.
 */
export type Decision = FromHistory<Settlement | Unavailable>;

type Changes = Readonly<{
  corrections: readonly Correction[];
  /** Undefined where orders are rated independently. */
  replayed: Replayed | undefined;
}>;

/** Corrects orders, and keeps the state that the account has after its orders were replayed. */
export const settle = (
  view: AccountView,
  settling: Settling,
  { corrections, replayed }: Changes,
): Settlement | Unavailable => {
  const { earning, now } = settling;
  const corrected = correctOrders({ ...view, earning, now }, corrections);
  if (corrected instanceof Unavailable) return corrected;
  const entries = corrected.flatMap((one) => one.entries);
  return { entries, corrected, ...(replayed && stateOf(view, settling, replayed)) };
};

const stateOf = (
  { tier: from }: AccountView,
  { earning, occasion, now }: Settling,
  replayed: Replayed,
): Pick<Settlement, 'earning' | 'tierChange'> => {
  const { account } = replayed.earning;
  const at = notBeforeLast(account, now);
  const { tier, fallsAt, since = at } = tierStanding(earning, account, at);
  return {
    earning: { ...replayed.earning, tier, fallsAt },
    tierChange: tier === from ? undefined : { from, to: tier, since, occasion },
  };
};

type Wallet = Readonly<{ key: WalletKey; lots: readonly Lot[]; earning: Earning; now: Date }>;

/**
 * Makes corrections one after the other, each on the lots as the one before left them. Returns
 * Unavailable when this process has not loaded the rule that paid one of the orders.
 */
const correctOrders = (
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
      ? { moves: [{ lot: lotOf(lots, order), points }], lapsed: 0, writtenOff: 0 }
      : takeBack(lots, { lotId, points: -points, policy, now });
  const entries = toEntries(key, correction, recovery);
  const { lapsed, writtenOff } = recovery;
  return {
    corrected: { correction, entries, writtenOff: writtenOff + lapsed },
    after: withMoves(lots, { lotId, moves: recovery.moves, lapsed }),
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
