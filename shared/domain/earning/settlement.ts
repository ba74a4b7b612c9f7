import { Unavailable } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { AccountView } from './account-view.ts';
import { type Corrected, type Correction, correctOrders } from './correct-orders.ts';
import { notBeforeLast } from './earning-account.ts';
import type { EarningResult } from './earning-run.ts';
import type { Occasion } from './occasion.ts';
import type { FromHistory } from './recorded-order.ts';
import type { Replayed } from './replay-orders.ts';
import { type Earning, tierStanding } from './tier-standing.ts';

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

/** A decision about one account; Unavailable when this process has not loaded the terms that it needs. */
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
