import { assert } from '#shared/domain/assert.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { spendable } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { decideReturn } from '#shared/domain/wallets/return-points.ts';
import { decideTransfer } from '#shared/domain/wallets/transfer.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { lockedWallet, walletName } from '../../ledger/lock-wallets.ts';
import { recordEntries } from '../../ledger/record-entries.ts';
import { lockCurrentWallets } from '../../wallets/current-wallets.ts';
import type { TierOptions } from './carry-tiers.ts';
import { lessCarried, readCarriedPoints } from './less-carried.ts';

/** Points that went from an account to another one of the same customer, or back. */
type CarriedPoints = Readonly<{
  transferId: string;
  from: WalletKey;
  to: string;
  points: number;
  reference: string;
}>;

/** What carrying points needs from outside. */
export type CarryOptions<DomainEvent extends OutboxEvent> = Readonly<{
  now: Date;
  /** The id of a movement of a wallet whose balance has a version: never used before. */
  transferIdOf: (wallet: WalletKey, version: number) => string;
  lotIdOf: (wallet: WalletKey, expiresAt: Date | undefined) => string;
  causeOf: (transferId: string) => string;
  transferred: (carried: CarriedPoints) => DomainEvent;
}> &
  TierOptions<DomainEvent>;

/** The options, with the transaction that has locked the wallets. */
export type Scope<DomainEvent extends OutboxEvent> = CarryOptions<DomainEvent> &
  Readonly<{ tx: Transaction; tenantId: string }>;

const reference = 'accounts of one customer';

/** An account, and the one that its points go to. */
export type CarriedAccount = Readonly<{ accountId: string; carriedTo: string }>;

/** What was moved so far. */
type Moves<DomainEvent extends OutboxEvent> = Readonly<{
  balances: Map<string, Balance>;
  domainEvents: DomainEvent[];
}>;

type GivenRow = Readonly<{ program: string; expiresAt: Date | null; points: number }>;

/** Gives an account back what it gave, as far as it is still there. */
export const giveBack = async <DomainEvent extends OutboxEvent>(
  scope: Scope<DomainEvent>,
  { accountId, carriedTo }: CarriedAccount,
  moves: Moves<DomainEvent>,
): Promise<void> => {
  const { tx, tenantId, now, lotIdOf } = scope;
  const rows = await tx<GivenRow[]>`
    select program, expires_at, points from carried_points
    where tenant_id = ${tenantId} and account_id = ${accountId} order by program`;
  for (const [program, given] of Map.groupBy(rows, (row) => row.program)) {
    const from = { tenantId, customerId: carriedTo, program };
    const { balance, lots } = await readWallet(scope, from);
    const returnId = scope.transferIdOf(from, balance.version);
    const { entries, shortfall } = decideReturn(
      {
        ...{ returnId, from, to: accountId, cause: scope.causeOf(returnId) },
        given: given.map(({ expiresAt, points }) => ({
          expiresAt: expiresAt ?? undefined,
          points,
        })),
        reason: `from ${carriedTo} to ${accountId}: no longer ${reference}`,
      },
      { lots, now, lotIdOf },
    );
    const missing = shortfall === 0 ? '' : `, ${shortfall} had been spent`;
    const what = `no longer ${reference}${missing}`;
    await record(
      scope,
      { transferId: returnId, from, to: accountId, reference: what, entries },
      moves,
    );
  }
};

/**
 * Moves what an account can spend to another one, and notes it. What it owes after a refund is paid
 * by the points that it gave.
 */
export const carryWallet = async <DomainEvent extends OutboxEvent>(
  scope: Scope<DomainEvent>,
  { from, to }: Readonly<{ from: WalletKey; to: string }>,
  moves: Moves<DomainEvent>,
): Promise<void> => {
  const { tx, now, lotIdOf } = scope;
  const { balance, lots } = await readWallet(scope, from);
  const points = spendable(lots, now);
  if (points < 0) await payDebt(scope, { from, to, owed: -points }, moves);
  if (points <= 0) return;
  const transferId = scope.transferIdOf(from, balance.version);
  const transfer = { transferId, from, to, points, reference, cause: scope.causeOf(transferId) };
  const receiver = (await readWallet(scope, { ...from, customerId: to })).balance;
  const decision = decideTransfer(transfer, { lots, receiver, now, lotIdOf });
  // A wallet that is full takes nothing: the points stay where they can be spent.
  if (decision.kind === 'refused') return;
  const { entries } = decision;
  await noteCarried(tx, { from, entries, now });
  await record(scope, { transferId, from, to, reference, entries }, moves);
};

type Debt = Readonly<{ from: WalletKey; to: string; owed: number }>;

const payDebt = async <DomainEvent extends OutboxEvent>(
  scope: Scope<DomainEvent>,
  { from: debtor, to, owed }: Debt,
  moves: Moves<DomainEvent>,
): Promise<void> => {
  const { tx, now, lotIdOf } = scope;
  const from = { ...debtor, customerId: to };
  const points = Math.min(owed, await readCarriedPoints(tx, debtor));
  const { balance, lots } = await readWallet(scope, from);
  const transferId = scope.transferIdOf(from, balance.version);
  const what = {
    returnId: transferId,
    from,
    to: debtor.customerId,
    reason: `to ${debtor.customerId}: ${reference}`,
  };
  const given = [{ expiresAt: undefined, points }];
  const cause = scope.causeOf(transferId);
  const { entries, shortfall } = decideReturn({ ...what, given, cause }, { lots, now, lotIdOf });
  await lessCarried(tx, debtor, points - shortfall);
  await record(scope, { transferId, from, to: debtor.customerId, reference, entries }, moves);
};

/** The wallet as it is, locked by this transaction. */
const readWallet = async <DomainEvent extends OutboxEvent>(
  { tx, now }: Scope<DomainEvent>,
  wallet: WalletKey,
) => lockedWallet(await lockCurrentWallets(tx, [wallet], { now, create: false }), wallet);

const noteCarried = async (
  tx: Transaction,
  { from, entries, now }: Readonly<{ from: WalletKey; entries: readonly LedgerEntry[]; now: Date }>,
): Promise<void> => {
  const { tenantId, customerId, program } = from;
  await tx`
    delete from carried_points
    where tenant_id = ${tenantId} and account_id = ${customerId} and program = ${program}
      and expires_at <= ${now}`;
  const received = entries.filter(({ customerId }) => customerId !== from.customerId);
  const columns = { expiresAt: 'timestamptz', points: 'bigint' } as const;
  await tx`
    insert into carried_points as known (tenant_id, account_id, program, expires_at, points)
    select ${tenantId}, ${customerId}, ${program}, expires_at, sum(points)
    from ${rowsOf(tx, { received }, columns)} group by expires_at
    on conflict (tenant_id, account_id, program, expires_at)
      do update set points = known.points + excluded.points`;
};

type Recording = Omit<CarriedPoints, 'points'> & Readonly<{ entries: readonly LedgerEntry[] }>;

const record = async <DomainEvent extends OutboxEvent>(
  { tx, transferred }: Scope<DomainEvent>,
  { entries, ...movement }: Recording,
  { balances, domainEvents }: Moves<DomainEvent>,
): Promise<void> => {
  if (entries.length === 0) return;
  const recorded = await recordEntries(tx, entries);
  assert(
    recorded.size === entries.length,
    'the entries of a movement between locked wallets are new',
  );
  for (const balance of recorded.values()) balances.set(walletName(balance), balance);
  const points = entries.reduce((sum, entry) => sum + Math.max(0, entry.points), 0);
  domainEvents.push(transferred({ ...movement, points }));
};
