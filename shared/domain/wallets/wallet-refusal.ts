import type { Balance } from '../ledger/balance.ts';
import type { Lot } from '../ledger/lot.ts';
import { spendable } from '../ledger/lots.ts';
import { sumMax } from '../sum-limit.ts';

/** Why a wallet stays as it is. `detail` is for the caller. */
export type WalletRefusal = Readonly<{
  kind: 'refused';
  reason:
    | 'insufficient-points'
    | 'wallet-full'
    | 'self-transfer'
    | 'more-than-reserved'
    | 'redemption-committed'
    | 'redemption-voided'
    | 'redemption-timed-out'
    | 'redemption-not-found'
    | 'key-reused';
  detail: string;
}>;

/** What is requested of lots at an instant. */
export type Spending = Readonly<{ points: number; now: Date }>;

/**
 * The refusal if a wallet does not have the requested points; it contains how many can be spent.
 */
export const insufficientPoints = (
  lots: readonly Lot[],
  { points, now }: Spending,
): WalletRefusal => ({
  kind: 'refused',
  reason: 'insufficient-points',
  detail: `${Math.max(0, spendable(lots, now))} points can be spent, ${points} were requested`,
});

/**
 * The refusal if a wallet cannot hold that many more points; undefined if it can. A wallet that
 * does not exist is empty.
 */
export const fullWallet = (
  balance: Pick<Balance, 'points' | 'pending'> | undefined,
  points: number,
): WalletRefusal | undefined => {
  const before = (balance?.points ?? 0) + (balance?.pending ?? 0);
  if (before + points <= sumMax) return undefined;
  const detail = `A wallet can have at most ${sumMax} points; this one has ${before}`;
  return { kind: 'refused', reason: 'wallet-full', detail };
};

/** The refusal of a request that reuses the key of a different one. */
export const keyReused = (id: string): WalletRefusal => ({
  kind: 'refused',
  reason: 'key-reused',
  detail: `${id} was already used for a different request`,
});
