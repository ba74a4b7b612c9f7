import type { Decision, Settlement } from '#shared/domain/earning/decide-payment.ts';
import type { WalletView } from '#shared/domain/earning/earning-view.ts';
import type { Membership } from '#shared/domain/earning/program.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { sumLimit, sumMax } from '#shared/domain/sum-limit.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { DecidedMeanwhile } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { readDebitedLots } from '../ledger/debited-lots.ts';
import {
  type LockedWallet,
  lockedWallet,
  toEarningColumns,
  walletColumns,
  walletName,
} from '../ledger/lock-wallets.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { type Borders, readCheckpoints, replaceCheckpoints } from './earning-checkpoints.ts';
import { readHistories } from './earning-rows.ts';

/**
 * Builds the events of the decision about a wallet; the same decision always gives the same
 * events.
 */
export type SettledEvents<DomainEvent extends OutboxEvent> = (
  key: WalletKey,
  settlement: Settlement,
) => readonly DomainEvent[];

type Questions<DomainEvent extends OutboxEvent> = Readonly<{
  keys: readonly WalletKey[];
  /** These wallets, locked by lockWallets in the same transaction. */
  locked: ReadonlyMap<string, LockedWallet>;
  /** The cohorts of their customers, by readMemberships. */
  memberships: ReadonlyMap<string, readonly Membership[]>;
  /**
   * The earliest place that changes among the orders of wallets that look back, by wallet key.
   */
  lookBack: ReadonlyMap<string, Date>;
  /** The borders of wallets that look back, by readBorders. */
  borders: Borders;
  /** Whether lots have expired by then. */
  now: Date;
  decide: (view: WalletView) => Decision;
  eventsOf: SettledEvents<DomainEvent>;
}>;

/**
 * What was committed: the entries, the balance of each wallet after them, and the events in the
 * outbox.
 */
export type Settled<DomainEvent extends OutboxEvent> = Readonly<{
  entries: readonly LedgerEntry[];
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/**
 * Decides on each of the locked wallets with all that is known of it, and records the decisions,
 * in one round of statements.
 * @throws DecidedMeanwhile when an entry was recorded at the same time through another wallet, as
 * an order sent for two customers is. Unavailable when a decision needs terms that this process has
 * not loaded.
 */
export const settleWallets = async <DomainEvent extends OutboxEvent>(
  sql: Transaction,
  { keys, locked, eventsOf, ...questions }: Questions<DomainEvent>,
): Promise<Settled<DomainEvent>> => {
  const settlements = await settle(sql, { keys, locked, ...questions });
  const entries = settlements.flatMap((settlement) => settlement.entries);
  const domainEvents = settlements.flatMap((settlement) => eventsOf(settlement.key, settlement));
  // Sent together, in this order: checkpoints refer to the entries recorded before.
  const [, recorded] = await Promise.all([
    saveEarnings(sql, settlements),
    recordEntries(sql, entries),
    addToOutbox(sql, domainEvents),
  ]);
  if (recorded.size < entries.length) throw new DecidedMeanwhile();
  const changed = new Map([...recorded.values()].map((balance) => [walletName(balance), balance]));
  return {
    entries,
    domainEvents,
    balances: keys.map((key) => changed.get(walletName(key)) ?? lockedWallet(locked, key).balance),
  };
};

type Settling = Settlement & Pick<LockedWallet, 'storedDays'> & Readonly<{ key: WalletKey }>;

/** Decides each wallet, after reading the part of its history and of its lots that it needs. */
const settle = async (
  sql: Transaction,
  { keys, locked, memberships, lookBack, borders, now, decide }: Omit<Questions<never>, 'eventsOf'>,
): Promise<readonly Settling[]> => {
  const wallets = keys.map((key) => ({ ...lockedWallet(locked, key), key }));
  const checkpoints = await readCheckpoints(
    sql,
    wallets.flatMap(({ key, mark }) => {
      const before = lookBack.get(walletName(key));
      return before === undefined || mark === undefined ? [] : [{ key, before }];
    }),
  );
  const decisions = wallets.map((wallet) => {
    const { key } = wallet;
    const view: WalletView = {
      ...wallet,
      memberships: memberships.get(`${key.tenantId} ${key.customerId}`) ?? [],
      checkpoint: checkpoints.get(walletName(key)),
      border: borders.get(walletName(key)),
    };
    return { wallet, ...decide(view) };
  });
  await readHistories(
    sql,
    decisions.flatMap(({ wallet: { key, balance }, history }) =>
      history === undefined || balance.version === 0 ? [] : [{ key, history }],
    ),
  );
  const rated = decisions.map(({ settle: rate, wallet }) => ({ wallet, ...rate() }));
  const debited = rated.filter(({ debits }) => debits.length > 0);
  const lotsOf = debited.length === 0 ? undefined : await readDebitedLots(sql, debited, now);
  return rated.map(({ settle: decided, wallet: { key, storedDays } }) => {
    const settlement = decided(lotsOf?.get(walletName(key)) ?? []);
    if (settlement instanceof Unavailable) throw settlement;
    return { ...settlement, key, storedDays };
  });
};

const saveEarnings = async (sql: Transaction, settlements: readonly Settling[]): Promise<void> => {
  const changed = settlements.flatMap(({ key, storedDays, earning }) =>
    earning ? [{ key, storedDays, ...earning }] : [],
  );
  if (changed.length === 0) return;
  const sums = changed.flatMap(({ state: { lifetime } }) => [
    lifetime.earned,
    ...Object.values(lifetime.spend),
  ]);
  if (sums.some((sum) => sum > sumMax)) throw sumLimit('What a customer earns or spends');
  const rows = changed.map(({ key, storedDays, state, mark, tier, fallsAt }) => {
    const columns = toEarningColumns(state);
    return {
      ...{ ...key, state: { ...columns.state, mark }, tier, fallsAt },
      days: state.days === storedDays ? undefined : columns.days,
    };
  });
  const saved = sql`
    with saved as (
    insert into earning_accounts as own (tenant_id, customer_id, program, state, days, tier, falls_at)
    select * from ${rowsOf(
      sql,
      { changed: rows },
      { ...walletColumns, state: 'jsonb', days: 'json', tier: 'text', fallsAt: 'timestamptz' },
    )}
    on conflict (tenant_id, customer_id, program) do update set
      state = excluded.state, days = coalesce(excluded.days, own.days), tier = excluded.tier, falls_at = excluded.falls_at, updated_at = now()
    returning tenant_id, customer_id, program)
    update points_balances balance set judged_together = true from saved
    where (balance.tenant_id, balance.customer_id, balance.program)
      = (saved.tenant_id, saved.customer_id, saved.program) and not judged_together`;
  await Promise.all([replaceCheckpoints(sql, changed), saved]);
};
