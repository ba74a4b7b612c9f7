import type { Balance } from '#shared/domain/points/balance.ts';
import type { Membership } from '#shared/domain/points/cohorts-at.ts';
import type { EarningAccount } from '#shared/domain/points/earning-account.ts';
import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import { sumLimit, sumMax } from '#shared/domain/sum-limit.ts';
import { bookEntries } from './book-entries.ts';
import type { Transaction } from './connect.ts';
import { type AccountKey, accountKey, type HeldAccount, heldAccount } from './hold-accounts.ts';
import { addToOutbox, type OutboxFact } from './outbox.ts';
import type { RecordedOrder } from './read-recorded-orders.ts';
import { DecidedMeanwhile } from './until-undisputed.ts';

/** A held account with what else a judgement of its orders may ask for. */
export type AccountView = HeldAccount &
  Readonly<{
    key: AccountKey;
    memberships: readonly Membership[];
    /** Every order that was ever paid, or those that matter; empty where nobody looked back. */
    history: readonly RecordedOrder[];
  }>;

/** What a decision about one account brings: all of it is committed, or nothing. */
export type Settlement<Fact extends OutboxFact> = Readonly<{
  entries: readonly LedgerEntry[];
  /** Where the judgement of orders stands now; absent: unchanged. */
  earning?: Readonly<{
    account: EarningAccount;
    tier: string | undefined;
    fallsAt: Date | undefined;
  }>;
  facts: readonly Fact[];
}>;

type Questions<Fact extends OutboxFact> = Readonly<{
  keys: readonly AccountKey[];
  /** These accounts, held by holdAccounts in the same transaction. */
  held: ReadonlyMap<string, HeldAccount>;
  /** The cohorts of their customers, by readMemberships. */
  memberships: ReadonlyMap<string, readonly Membership[]>;
  /** The orders of accounts where they matter to the decision. */
  histories: ReadonlyMap<string, readonly RecordedOrder[]>;
  decide: (view: AccountView) => Settlement<Fact>;
}>;

/** What was committed: the entries, what each account holds after them, and the facts that wait in the outbox. */
export type Settled<Fact extends OutboxFact> = Readonly<{
  entries: readonly LedgerEntry[];
  balances: readonly Balance[];
  facts: readonly Fact[];
}>;

/**
 * Decides on each of the locked accounts with all that is known of it, and books the decisions, in one round of statements.
 * @throws DecidedMeanwhile when an entry was recorded at the same time through another account, as an order sent for two customers is.
 */
export const settleAccounts = async <Fact extends OutboxFact>(
  sql: Transaction,
  { keys, held, memberships, histories, decide }: Questions<Fact>,
): Promise<Settled<Fact>> => {
  const settlements = keys.map((key) => ({
    key,
    ...decide({
      ...heldAccount(held, key),
      key,
      memberships: memberships.get(`${key.tenantId} ${key.customerId}`) ?? [],
      history: histories.get(accountKey(key)) ?? [],
    }),
  }));
  const entries = settlements.flatMap((settlement) => settlement.entries);
  const facts = settlements.flatMap((settlement) => settlement.facts);
  const [booked] = await Promise.all([
    bookEntries(sql, entries),
    saveEarnings(sql, settlements),
    addToOutbox(sql, facts),
  ]);
  if (booked.size < entries.length) throw new DecidedMeanwhile();
  const changed = new Map([...booked.values()].map((balance) => [accountKey(balance), balance]));
  return {
    entries,
    facts,
    balances: keys.map((key) => changed.get(accountKey(key)) ?? heldAccount(held, key).balance),
  };
};

const saveEarnings = async (
  sql: Transaction,
  settlements: readonly (Settlement<OutboxFact> & { key: AccountKey })[],
): Promise<void> => {
  const changed = settlements.flatMap(({ key, earning }) => (earning ? [{ key, ...earning }] : []));
  if (changed.length === 0) return;
  const sums = changed.flatMap(({ account: { lifetime } }) => [
    lifetime.earned,
    ...Object.values(lifetime.spend),
  ]);
  if (sums.some((sum) => sum > sumMax)) throw sumLimit('What a customer earns or spends');
  await sql`
    with saved as (
    insert into earning_accounts (tenant_id, customer_id, program, state, tier, falls_at)
    select * from unnest(
      ${changed.map(({ key }) => key.tenantId)}::text[], ${changed.map(({ key }) => key.customerId)}::text[],
      ${changed.map(({ key }) => key.program)}::text[],
      ${changed.map(({ account }) => JSON.stringify(account))}::text[]::jsonb[],
      ${changed.map(({ tier }) => tier ?? null)}::text[],
      ${changed.map(({ fallsAt }) => fallsAt?.toISOString() ?? null)}::timestamptz[])
    on conflict (tenant_id, customer_id, program) do update set
      state = excluded.state, tier = excluded.tier, falls_at = excluded.falls_at, updated_at = now()
    returning tenant_id, customer_id, program)
    update points_balances balance set judged_together = true from saved
    where (balance.tenant_id, balance.customer_id, balance.program)
      = (saved.tenant_id, saved.customer_id, saved.program) and not judged_together`;
};
