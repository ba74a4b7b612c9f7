import { emptyAccount, notBeforeLast } from '#shared/domain/earning/earning-account.ts';
import type { Earning } from '#shared/domain/earning/program.ts';
import { decideGrants } from '#shared/domain/earning/tiers/decide-grants.ts';
import { isSameGrant, regrant, type TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';
import { tierStatus } from '#shared/domain/earning/tiers/tier-status.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { accountColumns, accountKey, type LockedAccount } from '../../ledger/lock-accounts.ts';

/** A tier that is not the one last published. */
type CarriedTier = WalletKey &
  Readonly<{ from: string | undefined; to: string | undefined; since: Date }>;

/** What granting tiers needs from outside. */
export type TierOptions<DomainEvent extends OutboxEvent> = Readonly<{
  now: Date;
  /** The tenant's programs with tiers. */
  earnings: readonly Earning[];
  tierChanged: (changed: CarriedTier) => DomainEvent;
}>;

type Scope<DomainEvent extends OutboxEvent> = TierOptions<DomainEvent> &
  Readonly<{ tx: Transaction; tenantId: string }>;

type Customers = Readonly<{
  /** The accounts of one customer together; an account that is the only one is alone. */
  groups: readonly (readonly string[])[];
  /** Accounts whose tiers do not follow from what they were granted before. */
  afresh: ReadonlySet<string>;
  /** All of them, locked by this transaction. */
  locked: ReadonlyMap<string, LockedAccount>;
}>;

type Granted = Readonly<{ key: WalletKey; account: LockedAccount; grants: readonly TierGrant[] }>;

/**
 * Grants the accounts of each customer the tiers that they deserve together (`decideGrants`), and
 * ends the grants of accounts that are alone. What is granted follows from the locked accounts, so
 * repeating it changes nothing. A grant begins after all recorded orders of its account: it changes
 * what none of them earned, and all that are placed later are rated by it.
 */
export const carryTiers = async <DomainEvent extends OutboxEvent>(
  { tx, tenantId, now, earnings, tierChanged }: Scope<DomainEvent>,
  { groups, afresh, locked }: Customers,
): Promise<readonly DomainEvent[]> => {
  const changed = earnings.flatMap((earning) => {
    const program = { tenantId, program: earning.program.program };
    return groups
      .map((group) => lockedOf(locked, program, group))
      .flatMap((accounts) => grantsOf(accounts, { earning, afresh, now }))
      .map((granted) => ({ ...granted, earning }));
  });
  const tiers = changed.flatMap((granted) => tiersOf(granted, now));
  await writeGrants(tx, changed);
  await writeTiers(tx, tiers);
  return tiers.filter(({ from, to }) => from !== to).map(tierChanged);
};

type AccountTier = CarriedTier & Readonly<{ fallsAt: Date | undefined }>;

/** The tier of an account with its grants; none of an account without a state to keep it with. */
const tiersOf = (
  { key, account, grants, earning }: Granted & Readonly<{ earning: Earning }>,
  now: Date,
): readonly AccountTier[] => {
  if (account.earning === undefined) return [];
  const at = notBeforeLast(account.earning, now);
  const basis = { ...account.earning, grants };
  const { tier: to, since = at, fallsAt } = tierStatus(earning, basis, at);
  return [{ ...key, from: account.tier, to, since, fallsAt }];
};

const lockedOf = (
  locked: ReadonlyMap<string, LockedAccount>,
  program: Pick<WalletKey, 'tenantId' | 'program'>,
  accounts: readonly string[],
): readonly Omit<Granted, 'grants'>[] =>
  accounts.flatMap((customerId) => {
    const key = { ...program, customerId };
    const account = locked.get(accountKey(key));
    return account === undefined ? [] : [{ key, account }];
  });

/** What the accounts of one customer are granted, as far as it is not what they were. */
const grantsOf = (
  accounts: readonly Omit<Granted, 'grants'>[],
  { earning, afresh, now }: Pick<Customers, 'afresh'> & Readonly<{ earning: Earning; now: Date }>,
): readonly Granted[] => {
  const known = accounts.map(({ key: { customerId }, account: { earning: own, grants } }) => ({
    account: own ?? emptyAccount,
    grants: afresh.has(customerId) ? [] : grants,
  }));
  const following = accounts.length < 2 ? [] : decideGrants(earning, known, now);
  return accounts.flatMap(({ key, account }) => {
    const grants = regrant(account.grants, following, afterOrders(account, now));
    const isSame =
      grants.length === account.grants.length &&
      grants.every((grant, index) => isSameGrant(grant, account.grants[index] ?? grant));
    return isSame ? [] : [{ key, account, grants }];
  });
};

/** An instant, or if there are recorded orders placed then or later, just after the last one. */
const afterOrders = ({ earning }: LockedAccount, now: Date): Date => {
  const last = earning?.last && Date.parse(earning.last.placedAt);
  return last === undefined || last < now.getTime() ? now : new Date(last + 1);
};

const writeGrants = async (tx: Transaction, changed: readonly Granted[]): Promise<void> => {
  if (changed.length === 0) return;
  const rowsIn = (all: readonly TierGrant[], without: readonly TierGrant[], key: WalletKey) =>
    all
      .filter((grant) => !without.some((other) => isSameGrant(grant, other)))
      .map(({ tier, since, until }) => ({ ...key, tier, since, until: until ?? 'infinity' }));
  const gone = changed.flatMap(({ key, account, grants }) => rowsIn(account.grants, grants, key));
  const added = changed.flatMap(({ key, account, grants }) => rowsIn(grants, account.grants, key));
  const columns = {
    ...accountColumns,
    tier: 'text',
    since: 'timestamptz',
    until: 'timestamptz',
  } as const;
  await tx`
    delete from tier_grants own using ${rowsOf(tx, { gone }, columns)}
    where (own.tenant_id, own.customer_id, own.program, own.since)
      = (gone.tenant_id, gone.customer_id, gone.program, gone.since)`;
  await tx`
    insert into tier_grants (tenant_id, customer_id, program, tier, since, until)
    select * from ${rowsOf(tx, { added }, columns)}`;
};

const writeTiers = async (tx: Transaction, tiers: readonly AccountTier[]): Promise<void> => {
  if (tiers.length === 0) return;
  const rows = tiers.map(({ to: tier, ...account }) => ({ ...account, tier }));
  const columns = { ...accountColumns, tier: 'text', fallsAt: 'timestamptz' } as const;
  await tx`
    update earning_accounts own set tier = changed.tier, falls_at = changed.falls_at
    from ${rowsOf(tx, { changed: rows }, columns)}
    where (own.tenant_id, own.customer_id, own.program)
      = (changed.tenant_id, changed.customer_id, changed.program)`;
};
