import { assert } from '#shared/domain/assert.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import {
  decideCommit,
  decideReservation,
  decideVoid,
  isSameReservation,
  type LotShare,
  type Redemption,
  redeemEntries,
} from '#shared/domain/wallets/redemption.ts';
import {
  insufficientPoints,
  keyReused,
  type WalletRefusal,
} from '#shared/domain/wallets/wallet-refusal.ts';
import type { Transaction } from '../driver/connect.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import type { LockedWallet } from '../ledger/lock-wallets.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { changeReserved, releaseOf } from './change-reserved.ts';
import { lockCurrentWallet } from './current-wallets.ts';
import {
  endRedemption,
  findRedemption,
  insertRedemption,
  type NewRedemption,
  type RedemptionKey,
} from './redemption-rows.ts';

/** Points to set aside, or with `commit` to spend at once. */
export type RedemptionRequest = WalletKey &
  Pick<Redemption, 'redemptionId' | 'points' | 'reference' | 'createdBy' | 'timesOutAt'> &
  Readonly<{ commit: boolean; now: Date; cause: string }>;

/** What is to be spent of a reservation; absent: all of it. */
export type CommitRequest = RedemptionKey &
  Readonly<{ points?: number | undefined; now: Date; cause: string }>;

/**
 * The state of a wallet after a request: the outcome, its balances now, and the events in the
 * outbox.
 */
export type WalletAnswer<Done, DomainEvent extends OutboxEvent> = Readonly<{
  outcome: Done | WalletRefusal;
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/** The current state of a redemption. */
export type Redeemed = Readonly<{ kind: 'redemption'; redemption: Redemption }>;

type Answer<DomainEvent extends OutboxEvent> = Promise<WalletAnswer<Redeemed, DomainEvent>>;
type DomainEventOf<DomainEvent extends OutboxEvent> = (redemption: Redemption) => DomainEvent;

/**
 * Reserves points in a transaction, or spends them at once; the same request again finds what it
 * did.
 */
export const reservePoints = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  request: RedemptionRequest,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const locked = await lockCurrentWallet(sql, request, { now: request.now, create: false });
  if (locked === undefined) return unchanged(undefined, insufficientPoints([], request));
  const recorded = await findRedemption(sql, request);
  if (recorded !== undefined) {
    const isSame = isSameReservation(recorded, request);
    return unchanged(
      locked,
      isSame ? redeemed(recorded) : keyReused(`Redemption ${recorded.redemptionId}`),
    );
  }
  const decision = decideReservation(locked.lots, request);
  if (decision.kind === 'refused') return unchanged(locked, decision);
  const begun = { ...request, lots: decision.shares };
  if (request.commit) return spendAtOnce(sql, { locked, begun }, domainEventOf);
  const redemption = await insertRedemption(sql, { ...begun, status: 'RESERVED', committed: 0 });
  const balances = await changeReserved(sql, [redemption], { versions: 1 });
  return { outcome: redeemed(redemption), balances, domainEvents: [] };
};

type Begun = Readonly<{
  locked: LockedWallet;
  begun: RedemptionRequest & Pick<NewRedemption, 'lots'>;
}>;

const spendAtOnce = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  { locked, begun }: Begun,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const redemption = await insertRedemption(sql, {
    ...begun,
    status: 'COMMITTED',
    committed: begun.points,
  });
  return spend(sql, { locked, redemption, taken: redemption.lots, ...begun }, domainEventOf);
};

/**
 * Commits a reservation in a transaction, all or a part; the same commit again finds what it did.
 */
export const commitRedemption = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  request: CommitRequest,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const locked = await lockCurrentWallet(sql, request, { now: request.now, create: false });
  const recorded = await findRedemption(sql, request);
  if (locked === undefined || recorded === undefined) return unchanged(locked, notFound(request));
  const decision = decideCommit(recorded, request);
  if (decision.kind === 'refused') return unchanged(locked, decision);
  if (decision.kind === 'unchanged') return unchanged(locked, redeemed(recorded));
  await changeReserved(sql, [releaseOf(recorded)], { versions: 0 });
  const committed = decision.taken.reduce((sum, { points }) => sum + points, 0);
  const redemption = await endRedemption(sql, request, { status: 'COMMITTED', committed });
  return spend(sql, { locked, redemption, ...decision, ...request }, domainEventOf);
};

type Spent = Readonly<{
  locked: LockedWallet;
  redemption: Redemption;
  taken: readonly LotShare[];
  cause: string;
  now: Date;
}>;

const spend = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  { locked: { lots }, redemption, taken, cause, now }: Spent,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const recorded = await recordEntries(sql, redeemEntries(redemption, taken, { lots, cause, now }));
  assert(recorded.size === taken.length, 'the entries of a redemption of a locked wallet are new');
  const domainEvents = [domainEventOf(redemption)];
  await addToOutbox(sql, domainEvents);
  return {
    outcome: redeemed(redemption),
    balances: [...recorded.values()].slice(0, 1),
    domainEvents,
  };
};

/** Voids a reservation in a transaction; doing it again changes nothing. */
export const voidRedemption = async (
  sql: Transaction,
  request: RedemptionKey & Readonly<{ now: Date }>,
): Answer<never> => {
  const locked = await lockCurrentWallet(sql, request, { now: request.now, create: false });
  const recorded = await findRedemption(sql, request);
  if (locked === undefined || recorded === undefined) return unchanged(locked, notFound(request));
  const decision = decideVoid(recorded, request.now);
  if (decision.kind === 'refused') return unchanged(locked, decision);
  if (decision.kind === 'unchanged') return unchanged(locked, redeemed(recorded));
  const balances = await changeReserved(sql, [releaseOf(recorded)], { versions: 1 });
  const redemption = await endRedemption(sql, request, { status: 'VOIDED', committed: 0 });
  return { outcome: redeemed(redemption), balances, domainEvents: [] };
};

const redeemed = (redemption: Redemption): Redeemed => ({ kind: 'redemption', redemption });

const notFound = ({ customerId, redemptionId }: RedemptionKey): WalletRefusal => ({
  kind: 'refused',
  reason: 'redemption-not-found',
  detail: `Customer ${customerId} has no redemption ${redemptionId} in this wallet`,
});

/** Returns the state without changing it; a cache that missed the balance may still need it. */
export const unchanged = <Done>(
  locked: LockedWallet | undefined,
  outcome: Done | WalletRefusal,
): WalletAnswer<Done, never> => ({
  outcome,
  balances: locked === undefined ? [] : [locked.balance],
  domainEvents: [],
});
