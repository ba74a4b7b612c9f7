import { assert } from '#shared/domain/assert.ts';
import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import {
  type Adjustment,
  decideAdjustment,
  isSameAdjustment,
} from '#shared/domain/wallets/adjustment.ts';
import { decideTransfer, isSameTransfer, type Transfer } from '#shared/domain/wallets/transfer.ts';
import { insufficientPoints, keyReused } from '#shared/domain/wallets/wallet-refusal.ts';
import type { Transaction } from '../driver/connect.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { recordArchived } from '../journal/record-archived.ts';
import {
  archivedBefore,
  type EntryRow,
  entryColumns,
  recordedEntry,
  toEntry,
} from '../ledger/ledger-rows.ts';
import {
  dropWallets,
  type LockedWallet,
  lockedWallet,
  walletName,
} from '../ledger/lock-wallets.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { lockCurrentWallet, lockCurrentWallets } from './current-wallets.ts';
import { unchanged, type WalletAnswer } from './redeem-points.ts';

/** The entries of a transfer or adjustment on the requested wallet, one per lot. */
export type Moved = Readonly<{ kind: 'moved'; entries: readonly LedgerEntry[] }>;

type Answer<DomainEvent extends OutboxEvent> = Promise<WalletAnswer<Moved, DomainEvent>>;
type DomainEventOf<DomainEvent extends OutboxEvent> = (moved: Moved) => DomainEvent;

/** A transfer with what the decision about it needs. */
export type TransferRequest = Transfer &
  Readonly<{
    now: Date;
    lotIdOf: (receiver: WalletKey, expiresAt: Date | undefined) => string;
  }>;

/**
 * Transfers points in a transaction; the same request again finds what it did. A receiver without a
 * wallet gets one, which does not outlive a refusal.
 */
export const transferPoints = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  request: TransferRequest,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const { from, to, transferId, now } = request;
  const receiver = { ...from, customerId: to };
  const locked = await lockCurrentWallets(sql, [from, receiver], { now, create: true });
  const giver = lockedWallet(locked, from);
  const recorded = await lookUp(sql, from, { kind: 'TRANSFER', causeId: transferId });
  if (recorded.length > 0) {
    const isSame = isSameTransfer(request, recorded);
    return again(locked, isSame ? { kind: 'moved', entries: recorded } : keyReused(transferId));
  }
  const decision = decideTransfer(request, {
    ...request,
    lots: giver.lots,
    receiver: lockedWallet(locked, receiver).balance,
  });
  if (decision.kind === 'refused') {
    await dropWallets(sql, [from, receiver]);
    return giver.balance.version === 0
      ? unchanged(undefined, decision)
      : unchanged(giver, decision);
  }
  return record(sql, { wallet: from, entries: decision.entries }, domainEventOf);
};

/** An adjustment and when it is made. */
export type AdjustmentRequest = Adjustment & Readonly<{ now: Date }>;

/** Adjusts a wallet in a transaction; the same request again finds what it did. */
export const adjustPoints = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  request: AdjustmentRequest,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const { wallet, adjustmentId, points, allowNegative, now } = request;
  const create = points > 0 || allowNegative;
  const locked = await lockCurrentWallet(sql, wallet, { now, create });
  if (locked === undefined) {
    return unchanged(undefined, insufficientPoints([], { points: -points, now }));
  }
  const recorded = await lookUp(sql, wallet, { kind: 'ADJUST', causeId: adjustmentId });
  if (recorded.length > 0) {
    const isSame = isSameAdjustment(request, recorded);
    return unchanged(
      locked,
      isSame ? { kind: 'moved', entries: recorded } : keyReused(adjustmentId),
    );
  }
  const decision = decideAdjustment(request, { ...locked, now });
  if (decision.kind === 'refused') return unchanged(locked, decision);
  return record(sql, { wallet, entries: decision.entries }, domainEventOf);
};

const again = (
  locked: ReadonlyMap<string, LockedWallet>,
  outcome: Moved | ReturnType<typeof keyReused>,
): WalletAnswer<Moved, never> => ({
  outcome,
  balances: Array.from(locked.values(), ({ balance }) => balance),
  domainEvents: [],
});

type Recording = Readonly<{ wallet: WalletKey; entries: readonly LedgerEntry[] }>;

const record = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  { wallet, entries }: Recording,
  domainEventOf: DomainEventOf<DomainEvent>,
): Answer<DomainEvent> => {
  const recorded = await recordEntries(sql, entries);
  assert(recorded.size === entries.length, 'the entries of a request to a locked wallet are new');
  const own = entries.filter(({ customerId }) => customerId === wallet.customerId);
  const outcome: Moved = { kind: 'moved', entries: own };
  const domainEvents = [domainEventOf(outcome)];
  await addToOutbox(sql, domainEvents);
  const balances = new Map(
    Array.from(recorded.values(), (balance) => [walletName(balance), balance]),
  );
  return { outcome, balances: [...balances.values()], domainEvents };
};

type Effect = Readonly<{ kind: EntryKind; causeId: string }>;

/**
 * The entries on a wallet that were recorded together with the first entry of an effect; none if
 * there is no such effect.
 * @throws RecordArchived when they are archived
 */
const lookUp = async (
  sql: Transaction,
  { tenantId, customerId, program }: WalletKey,
  { kind, causeId }: Effect,
): Promise<readonly LedgerEntry[]> => {
  const rows = await sql<EntryRow[]>`
    select ${entryColumns(sql)}
    from (values (${tenantId}, ${program}, ${kind}, ${causeId})) as wanted (tenant_id, program, kind, cause_id)
    cross join lateral (${recordedEntry(sql)}) first
    join points_ledger ledger on ledger.tenant_id = first.tenant_id and ledger.customer_id = first.customer_id
      and ledger.program = first.program and ledger.kind = first.kind and ledger.transaction_id = first.transaction_id
      and ledger.recorded_at = first.recorded_at
    where first.customer_id = ${customerId} and ledger.entry_no >= first.entry_no
    order by ledger.entry_no`;
  if (rows.length === 0) await refuseArchivedMovement(sql, { tenantId, program, kind, causeId });
  return rows.map(toEntry);
};

/** @throws RecordArchived if an effect was recorded and its entry is archived */
const refuseArchivedMovement = async (
  sql: Transaction,
  { tenantId, program, kind, causeId }: Effect & Pick<WalletKey, 'tenantId' | 'program'>,
): Promise<void> => {
  const [known] = await sql<{ recordedAt: Date; onlineFrom: Date }[]>`
    select recorded_at, online_from
    from ledger_keys, ${archivedBefore(sql, sql`${tenantId}`)} archive (online_from)
    where key = ledger_key(${tenantId}, ${program}, ${kind}, ${causeId}) and recorded_at < online_from`;
  if (known === undefined) return;
  const name = `${kind === 'TRANSFER' ? 'Transfer' : 'Adjustment'} ${causeId}`;
  throw await recordArchived(sql, { table: 'points_ledger', name, ...known });
};
