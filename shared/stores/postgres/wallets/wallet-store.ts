import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Redemption } from '#shared/domain/wallets/redemption.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { releaseOverdue } from './current-wallets.ts';
import {
  type AdjustmentRequest,
  adjustPoints,
  type Moved,
  type TransferRequest,
  transferPoints,
} from './move-points.ts';
import {
  type CommitRequest,
  commitRedemption,
  type Redeemed,
  type RedemptionRequest,
  reservePoints,
  voidRedemption,
  type WalletAnswer,
} from './redeem-points.ts';
import { claimOverdue, type RedemptionKey } from './redemption-rows.ts';

/**
 * Every method locks the wallets that it changes, so that no point is spent twice; commits together
 * with its event, or not at all; and finds its own effect if it is repeated with the same id. A
 * refusal changes nothing, apart from ending reservations whose time was over.
 * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
 */
export type WalletStore = Readonly<{
  /** Sets points aside, or spends them at once. */
  reserve: <DomainEvent extends OutboxEvent>(
    request: RedemptionRequest,
    redeemed: (redemption: Redemption) => DomainEvent,
  ) => Promise<WalletAnswer<Redeemed, DomainEvent>>;
  /** Spends what was set aside, or a part of it, and releases the rest. */
  commit: <DomainEvent extends OutboxEvent>(
    request: CommitRequest,
    redeemed: (redemption: Redemption) => DomainEvent,
  ) => Promise<WalletAnswer<Redeemed, DomainEvent>>;
  /** Releases what was set aside. */
  void: (
    request: RedemptionKey & Readonly<{ now: Date }>,
  ) => Promise<WalletAnswer<Redeemed, never>>;
  /** Moves points to another customer's wallet; they keep their expiry. */
  transfer: <DomainEvent extends OutboxEvent>(
    request: TransferRequest,
    transferred: (moved: Moved) => DomainEvent,
  ) => Promise<WalletAnswer<Moved, DomainEvent>>;
  /** Adjusts points manually. */
  adjust: <DomainEvent extends OutboxEvent>(
    request: AdjustmentRequest,
    adjusted: (moved: Moved) => DomainEvent,
  ) => Promise<WalletAnswer<Moved, DomainEvent>>;
  /**
   * Ends open reservations whose time is over, about `reservationsMax` at once, each exactly once;
   * several callers share the work.
   * @returns how many were found: fewer than requested means that no more are due, or that others
   * are processing them.
   */
  timeOut: (now: Date, reservationsMax: number) => Promise<TimedOut>;
}>;

/**
 * What the end of reservations changed. No event is published: the caller of the reservation knows
 * when it times out.
 */
type TimedOut = Readonly<{
  found: number;
  balances: readonly Balance[];
  domainEvents: readonly never[];
}>;

/** Changes of wallets by customers, shops and staff. */
export const walletStore = (sql: Sql): WalletStore => ({
  reserve: (request, redeemed) =>
    inTransaction(sql, (transaction) => reservePoints(transaction, request, redeemed)),
  commit: (request, redeemed) =>
    inTransaction(sql, (transaction) => commitRedemption(transaction, request, redeemed)),
  void: (request) => inTransaction(sql, (transaction) => voidRedemption(transaction, request)),
  transfer: (request, transferred) =>
    inTransaction(sql, (transaction) => transferPoints(transaction, request, transferred)),
  adjust: (request, adjusted) =>
    inTransaction(sql, (transaction) => adjustPoints(transaction, request, adjusted)),
  timeOut: (now, reservationsMax) =>
    inTransaction(sql, async (transaction) => {
      const found = await claimOverdue(transaction, now, reservationsMax);
      const balances = await releaseOverdue(transaction, found, now);
      return { found: found.length, balances, domainEvents: [] };
    }),
});
