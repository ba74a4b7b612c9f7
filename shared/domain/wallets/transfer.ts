import type { Balance } from '../ledger/balance.ts';
import { partCauseId } from '../ledger/effect-part.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { burn } from '../ledger/lots.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';
import { fullWallet, insufficientPoints, type WalletRefusal } from './wallet-refusal.ts';

/** Points on their way from one customer's wallet to another's, of the same program. */
export type Transfer = Readonly<{
  transferId: string;
  from: WalletKey;
  /** The customer who receives them. */
  to: string;
  points: number;
  reference?: string | undefined;
  /** What brought it, as the ledger names it. */
  cause: string;
}>;

type WalletState = Readonly<{
  /** The lots of the one who gives. */
  lots: readonly Lot[];
  /** The recipient's wallet; undefined if there is none yet. */
  receiver?: Pick<Balance, 'points' | 'pending'> | undefined;
  now: Date;
  /** The recipient's lot of available points that expire at an instant, or never. */
  lotIdOf: (receiver: WalletKey, expiresAt: Date | undefined) => string;
}>;

/** The entries on both sides of a transfer. */
export type TransferEntries = Readonly<{ kind: 'transfer'; entries: readonly LedgerEntry[] }>;

/**
 * Returns the entries of a transfer: two per lot, which add up to zero. Points keep their expiry,
 * and those that expire first are transferred first.
 */
export const decideTransfer = (
  transfer: Transfer,
  { lots, receiver: wallet, now, lotIdOf }: WalletState,
): TransferEntries | WalletRefusal => {
  const { transferId, from, to, points, cause } = transfer;
  const refusal = fullWallet(wallet, points);
  if (refusal !== undefined) return refusal;
  if (to === from.customerId) {
    const detail = `Customer ${to} cannot transfer to themselves`;
    return { kind: 'refused', reason: 'self-transfer', detail };
  }
  const moves = burn(lots, { points, now });
  if (moves === undefined) return insufficientPoints(lots, { points, now });
  const receiver = { ...from, customerId: to };
  const reasons = transferReasons(transfer);
  const entries = moves.flatMap(({ lot: { lotId, expiresAt }, points: taken }, index) => {
    const common = {
      kind: 'TRANSFER',
      account: 'available',
      counterAccount: 'transferred',
      expiresAt,
      cause,
      occurredAt: now,
    } as const;
    const given: LedgerEntry = {
      ...from,
      ...common,
      causeId: partCauseId(transferId, index),
      points: taken,
      lotId,
      reason: reasons.given,
    };
    const got: LedgerEntry = {
      ...receiver,
      ...common,
      causeId: partCauseId(`${transferId} in`, index),
      points: -taken,
      lotId: lotIdOf(receiver, expiresAt),
      reason: reasons.got,
    };
    return [given, got];
  });
  return { kind: 'transfer', entries };
};

/** Whether the entries recorded under the id of a transfer are those of this very transfer. */
export const isSameTransfer = (transfer: Transfer, recorded: readonly LedgerEntry[]): boolean =>
  recorded[0]?.reason === transferReasons(transfer).given &&
  recorded.reduce((sum, { points }) => sum + points, 0) === -transfer.points;

/** The text of a transfer's entries for sender and recipient. */
const transferReasons = ({
  from,
  to,
  reference,
}: Pick<Transfer, 'from' | 'to' | 'reference'>): Readonly<{ given: string; got: string }> => {
  const remark = reference === undefined ? '' : `: ${reference}`;
  return { given: `to ${to}${remark}`, got: `from ${from.customerId}${remark}` };
};
