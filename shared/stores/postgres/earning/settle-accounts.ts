import type { AccountView } from '#shared/domain/earning/account-view.ts';
import type { Decision, Settlement } from '#shared/domain/earning/decide-payment.ts';
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
  accountColumns,
  accountKey,
  type LockedAccount,
  lockedAccount,
  toState,
} from '../ledger/lock-accounts.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { type Borders, readCheckpoints, replaceCheckpoints } from './earning-checkpoints.ts';
import { readHistories } from './earning-rows.ts';

/**
 * Builds the events of the decision about an account; the same decision always gives the same
 * events.
 */
export type SettledEvents<DomainEvent extends OutboxEvent> = (
  key: WalletKey,
  settlement: Settlement,
) => readonly DomainEvent[];

type Questions<DomainEvent extends OutboxEvent> = Readonly<{
  keys: readonly WalletKey[];
  /** These accounts, locked by lockAccounts in the same transaction. */
  locked: ReadonlyMap<string, LockedAccount>;
  /** The cohorts of their customers, by readMemberships. */
  memberships: ReadonlyMap<string, readonly Membership[]>;
  /**
   * The earliest place that changes among the orders of accounts that look back, by account key.
   */
  lookBack: ReadonlyMap<string, Date>;
  /** The borders of accounts that look back, by readBorders. */
  borders: Borders;
  /** Whether lots have expired by then. */
  now: Date;
  decide: (view: AccountView) => Decision;
  eventsOf: SettledEvents<DomainEvent>;
}>;

/**
 * What was committed: the entries, the balance of each account after them, and the events in the
 * outbox.
 */
export type Settled<DomainEvent extends OutboxEvent> = Readonly<{
  entries: readonly LedgerEntry[];
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/**
 * Decides on each of the locked accounts with all that is known of it, and records the decisions,
 * in one round of statements.
 * @throws DecidedMeanwhile when an entry was recorded at the same time through another account, as
 * an order sent for two customers is. Unavailable when a decision needs terms that this process has
 * not loaded.
 */
export const settleAccounts = async <DomainEvent extends OutboxEvent>(
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
  const changed = new Map([...recorded.values()].map((balance) => [accountKey(balance), balance]));
  return {
    entries,
    domainEvents,
    balances: keys.map((key) => changed.get(accountKey(key)) ?? lockedAccount(locked, key).balance),
  };
};

type Settling = Settlement & Pick<LockedAccount, 'storedDays'> & Readonly<{ key: WalletKey }>;

/** Decides each account, after reading the part of its history and of its lots that it needs. */
const settle = async (
  sql: Transaction,
  { keys, locked, memberships, lookBack, borders, now, decide }: Omit<Questions<never>, 'eventsOf'>,
): Promise<readonly Settling[]> => {
  const accounts = keys.map((key) => ({ ...lockedAccount(locked, key), key }));
  const checkpoints = await readCheckpoints(
    sql,
    accounts.flatMap(({ key, mark }) => {
      const before = lookBack.get(accountKey(key));
      return before === undefined || mark === undefined ? [] : [{ key, before }];
    }),
  );
  const decisions = accounts.map((account) => {
    const { key } = account;
    const view: AccountView = {
      ...account,
      memberships: memberships.get(`${key.tenantId} ${key.customerId}`) ?? [],
      checkpoint: checkpoints.get(accountKey(key)),
      border: borders.get(accountKey(key)),
    };
    return { account, ...decide(view) };
  });
  await readHistories(
    sql,
    decisions.flatMap(({ account: { key, balance }, history }) =>
      history === undefined || balance.version === 0 ? [] : [{ key, history }],
    ),
  );
  const rated = decisions.map(({ settle: rate, account }) => ({ account, ...rate() }));
  const debited = rated.filter(({ debits }) => debits.length > 0);
  const lotsOf = debited.length === 0 ? undefined : await readDebitedLots(sql, debited, now);
  return rated.map(({ settle: decided, account: { key, storedDays } }) => {
    const settlement = decided(lotsOf?.get(accountKey(key)) ?? []);
    if (settlement instanceof Unavailable) throw settlement;
    return { ...settlement, key, storedDays };
  });
};

const saveEarnings = async (sql: Transaction, settlements: readonly Settling[]): Promise<void> => {
  const changed = settlements.flatMap(({ key, storedDays, earning }) =>
    earning ? [{ key, storedDays, ...earning }] : [],
  );
  if (changed.length === 0) return;
  const sums = changed.flatMap(({ account: { lifetime } }) => [
    lifetime.earned,
    ...Object.values(lifetime.spend),
  ]);
  if (sums.some((sum) => sum > sumMax)) throw sumLimit('What a customer earns or spends');
  const rows = changed.map(({ key, storedDays, account, mark, tier, fallsAt }) => {
    const { state, days } = toState(account);
    return {
      ...{ ...key, state: { ...state, mark }, tier, fallsAt },
      days: account.days === storedDays ? undefined : days,
    };
  });
  const saved = sql`
    with saved as (
    insert into earning_accounts as own (tenant_id, customer_id, program, state, days, tier, falls_at)
    select * from ${rowsOf(
      sql,
      { changed: rows },
      { ...accountColumns, state: 'jsonb', days: 'json', tier: 'text', fallsAt: 'timestamptz' },
    )}
    on conflict (tenant_id, customer_id, program) do update set
      state = excluded.state, days = coalesce(excluded.days, own.days), tier = excluded.tier, falls_at = excluded.falls_at, updated_at = now()
    returning tenant_id, customer_id, program)
    update points_balances balance set judged_together = true from saved
    where (balance.tenant_id, balance.customer_id, balance.program)
      = (saved.tenant_id, saved.customer_id, saved.program) and not judged_together`;
  await Promise.all([replaceCheckpoints(sql, changed), saved]);
};
