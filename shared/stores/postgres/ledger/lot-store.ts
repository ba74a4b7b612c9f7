import { assert } from '#shared/domain/assert.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { expireLots } from '#shared/domain/ledger/expire-lots.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { releaseLots } from '#shared/domain/ledger/release-lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { lockWallets, walletName } from './lock-wallets.ts';
import { recordEntries } from './record-entries.ts';

/** What happens to a lot at its date: pending points become available, available ones expire. */
export type LotEvent = 'release' | 'expiry';

/** Which lots to look for: due ones of a tenant. */
type LotsDue = Readonly<{
  event: LotEvent;
  tenantId: string;
  now: Date;
  /** The event that caused the run, as the ledger records it. */
  cause: string;
  /** Bounds the transaction. */
  lotsMax: number;
}>;

/** What was committed. */
type ChangedLots<DomainEvent extends OutboxEvent> = Readonly<{
  entries: readonly LedgerEntry[];
  domainEvents: readonly DomainEvent[];
  /** What the wallets hold after it. */
  balances: readonly Balance[];
  /** How many lots were found: fewer than requested means that no more are due. */
  found: number;
}>;

export type LotStore = Readonly<{
  /**
   * Locks wallets with lots that are due, and releases or closes these lots as they are then, in
   * one transaction with the events that
   * `eventsOf` builds of the entries. Callers that find the same wallet wait for each other, and
   * the later one sees what the earlier one has left.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  changeDue: <DomainEvent extends OutboxEvent>(
    due: LotsDue,
    eventsOf: (entries: readonly LedgerEntry[]) => readonly DomainEvent[],
  ) => Promise<ChangedLots<DomainEvent>>;
  /**
   * The oldest date that has come and is not done, among active tenants; undefined when there is
   * none.
   */
  oldestDue: (event: LotEvent, now: Date) => Promise<Date | undefined>;
}>;

/** Release and expiry of lots. */
export const lotStore = (sql: Sql): LotStore => ({
  changeDue: (due, eventsOf) =>
    inTransaction(sql, async (transaction) => {
      const found = await findDue(transaction, due);
      const keys = [...new Map(found.map((key) => [walletName(key), key])).values()];
      const locked = await lockWallets(transaction, keys, { create: false });
      const decide = decisions[due.event];
      const entries = [...locked.values()].flatMap((wallet) => decide(wallet, due));
      const domainEvents = eventsOf(entries);
      const recorded = await recordEntries(transaction, entries);
      assert(recorded.size === entries.length, 'an entry decided in a locked wallet is new');
      await addToOutbox(transaction, domainEvents);
      return { entries, domainEvents, balances: [...recorded.values()], found: found.length };
    }),

  oldestDue: async (event, now) => {
    const [row] = await withPostgres(
      async () => sql<{ oldest: Date | null }[]>`
        select min(${dateOf(sql, event)}) as oldest
        from points_lots lot join tenants using (tenant_id)
        where status = 'ACTIVE' and ${isDue(sql, event, now)}`,
    );
    return row?.oldest ?? undefined;
  },
});

const decisions = { release: releaseLots, expiry: expireLots } as const;

/**
 * Names the wallet of each lot that is due, the oldest first. They are locked afterwards, in the
 * order in which everybody locks.
 */
const findDue = async (
  sql: Transaction,
  { event, tenantId, now, lotsMax }: LotsDue,
): Promise<readonly WalletKey[]> => sql<WalletKey[]>`
  select tenant_id, customer_id, program from points_lots lot
  where tenant_id = ${tenantId} and ${isDue(sql, event, now)}
  order by ${dateOf(sql, event)}
  limit ${lotsMax}`;

const dateOf = (sql: Sql | Transaction, event: LotEvent) =>
  event === 'release' ? sql`lot.available_at` : sql`lot.expires_at`;

const isDue = (sql: Sql | Transaction, event: LotEvent, now: Date) =>
  event === 'release'
    ? sql`lot.account = 'pending' and lot.available_at <= ${now}`
    : sql`lot.account = 'available' and lot.points > lot.reserved and lot.expires_at <= ${now}`;
