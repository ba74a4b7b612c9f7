import type { Balance } from '#shared/domain/ledger/balance.ts';
import { accountHomes, type OwnedAccount } from '#shared/domain/wallets/account-homes.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import { addToOutbox, type OutboxEvent } from '../../journal/outbox.ts';
import { dropWallets } from '../../ledger/lock-wallets.ts';
import { lockCurrentWallets } from '../../wallets/current-wallets.ts';
import type { Committed } from '../committed.ts';
import { carryTiers } from './carry-tiers.ts';
import {
  type CarriedAccount,
  type CarryOptions,
  carryWallet,
  giveBack,
  type Scope,
} from './carry-wallet.ts';

/** Accounts of which something changed: their points, or the customers that have them. */
export type TouchedAccounts = Readonly<{
  accounts?: readonly string[];
  /** Whose accounts these are. */
  customerIds?: readonly number[];
  /** Accounts whose orders were refunded: no tier of their customer outlasts that. */
  refunded?: readonly string[];
}>;

/**
 * Moves points so that each customer has them in one account (`accountHomes`), in a transaction
 * that has locked the tenant's customers. What accounts gave that are not of the customer any more
 * goes back first (`decideReturn`). An account is carried with all the others of its customers, so
 * that no account both gives and receives. Pending and reserved points stay; what becomes spendable
 * later is moved by the next call. All accounts of a customer have the highest of their tiers
 * (`carryTiers`). Repeating changes nothing more.
 */
export const carryPoints = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  { tenantId, refunded = [], ...touched }: TouchedAccounts & Readonly<{ tenantId: string }>,
  options: CarryOptions<DomainEvent>,
): Promise<Committed<DomainEvent>> => {
  const scope = { ...options, tx, tenantId };
  const all = await connectedAccounts(scope, touched);
  if (all.length < 2) return { balances: [], domainEvents: [] };
  const owned = await readAccounts(scope, all);
  const homes = accountHomes(owned);
  const carried = await readCarried(scope, all);
  const leaving = carried.filter(({ accountId, carriedTo }) => homes.get(accountId) !== carriedTo);
  const balances = new Map<string, Balance>();
  const domainEvents: DomainEvent[] = [];
  const moves = { balances, domainEvents };
  const wallets = await lockAll(scope, [
    ...leaving.flatMap(({ accountId, carriedTo }) => [accountId, carriedTo]),
    ...[...homes].flat(),
  ]);
  for (const each of leaving) await giveBack(scope, each, moves);
  await writeHomes(scope, { leaving, homes, owned });
  for (const [accountId, home] of homes)
    for (const program of wallets.programs.get(accountId) ?? [])
      await carryWallet(
        scope,
        { from: { tenantId, customerId: accountId, program }, to: home },
        moves,
      );
  const former = new Map(carried.map(({ accountId, carriedTo }) => [accountId, carriedTo]));
  const tiersChanged = await carryTiers(scope, {
    ...customersOf(all, { former, homes, refunded: new Set(refunded) }),
    locked: wallets.locked,
  });
  domainEvents.push(...tiersChanged);
  await dropWallets(tx, wallets.keys);
  await addToOutbox(tx, domainEvents);
  return { balances: [...balances.values()], domainEvents };
};

/**
 * Which accounts are of one customer, and those of customers that lost an account or whose orders
 * were refunded.
 */
const customersOf = (
  accounts: readonly string[],
  {
    former,
    homes,
    refunded,
  }: Readonly<
    Record<'former' | 'homes', ReadonlyMap<string, string>> & { refunded: ReadonlySet<string> }
  >,
) => {
  const homeOf = (account: string) => homes.get(account) ?? account;
  const groups = Map.groupBy(accounts, homeOf).values();
  const before = Map.groupBy(accounts, (account) => former.get(account) ?? account).values();
  const decidedAfresh = [...before].filter(
    (group) => new Set(group.map(homeOf)).size > 1 || group.some((each) => refunded.has(each)),
  );
  return { groups: [...groups], afresh: new Set(decidedAfresh.flat()) };
};

/** The accounts of the customers of accounts, and those that gave to them or received from them. */
const connectedAccounts = async <DomainEvent extends OutboxEvent>(
  { tx, tenantId }: Scope<DomainEvent>,
  { accounts = [], customerIds = [] }: TouchedAccounts,
): Promise<readonly string[]> => {
  const rows = await tx<{ accountId: string }[]>`
    with recursive connected (account_id) as (
      (select unnest(${accounts}::text[])
      union
      select account_id from customer_records
      where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[])
        and account_id is not null
      union
      select account_id from carried_accounts
      where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[]))
      union
      select other.account_id from connected cross join lateral (
        select near.account_id from customer_records own
        join customer_records near on near.customer_id = own.customer_id
        where own.tenant_id = ${tenantId} and own.account_id = connected.account_id
          and near.account_id is not null
        union all
        select carried_to from carried_accounts
        where tenant_id = ${tenantId} and account_id = connected.account_id
        union all
        select account_id from carried_accounts
        where tenant_id = ${tenantId} and carried_to = connected.account_id) other
    )
    select account_id from connected order by account_id`;
  return rows.map(({ accountId }) => accountId);
};

const readAccounts = <DomainEvent extends OutboxEvent>(
  { tx, tenantId }: Scope<DomainEvent>,
  accounts: readonly string[],
) => tx<OwnedAccount[]>`
  select account_id, customer_id, coalesce(founding_record = record_no, false) as is_founding
  from customer_records left join customers using (tenant_id, customer_id)
  where tenant_id = ${tenantId} and account_id = any(${accounts}::text[])`;

const readCarried = <DomainEvent extends OutboxEvent>(
  { tx, tenantId }: Scope<DomainEvent>,
  accounts: readonly string[],
) => tx<CarriedAccount[]>`
  select account_id, carried_to from carried_accounts
  where tenant_id = ${tenantId} and account_id = any(${accounts}::text[])
  order by account_id`;

/** Locks the wallets of accounts in every program that one of them has, in key order. */
const lockAll = async <DomainEvent extends OutboxEvent>(
  { tx, tenantId, now }: Scope<DomainEvent>,
  accounts: readonly string[],
) => {
  const rows = await tx<{ customerId: string; program: string }[]>`
    select customer_id, program from points_balances
    where tenant_id = ${tenantId} and customer_id = any(${accounts}::text[])`;
  const programs = [...new Set(rows.map(({ program }) => program))];
  const keys = [...new Set(accounts)].flatMap((customerId) =>
    programs.map((program) => ({ tenantId, customerId, program })),
  );
  const locked =
    keys.length === 0 ? new Map() : await lockCurrentWallets(tx, keys, { now, create: true });
  const byAccount = Map.groupBy(rows, ({ customerId }) => customerId);
  return {
    keys,
    locked,
    programs: new Map(
      Array.from(byAccount, ([account, own]) => [account, own.map(({ program }) => program)]),
    ),
  };
};

/** Which accounts are carried from now on; what left forgets what it gave. */
const writeHomes = async <DomainEvent extends OutboxEvent>(
  { tx, tenantId }: Scope<DomainEvent>,
  {
    leaving,
    homes,
    owned,
  }: Readonly<{
    leaving: readonly CarriedAccount[];
    homes: ReadonlyMap<string, string>;
    owned: readonly OwnedAccount[];
  }>,
): Promise<void> => {
  if (leaving.length > 0)
    await tx`
      delete from carried_accounts where tenant_id = ${tenantId}
        and account_id = any(${leaving.map(({ accountId }) => accountId)}::text[])`;
  if (homes.size === 0) return;
  const customerOf = new Map(owned.map(({ accountId, customerId }) => [accountId, customerId]));
  const rows = Array.from(homes, ([accountId, carriedTo]) => {
    return { accountId, carriedTo, customerId: customerOf.get(accountId) };
  });
  const columns = { accountId: 'text', carriedTo: 'text', customerId: 'bigint' } as const;
  await tx`
    insert into carried_accounts as known (tenant_id, account_id, carried_to, customer_id)
    select ${tenantId}, account_id, carried_to, customer_id from ${rowsOf(tx, { homes: rows }, columns)}
    on conflict (tenant_id, account_id) do update set customer_id = excluded.customer_id
    where known.customer_id is distinct from excluded.customer_id`;
};
