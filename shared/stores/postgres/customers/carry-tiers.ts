import { decideGrants } from '#shared/domain/earning/decide-grants.ts';
import { emptyAccount, notBeforeLast } from '#shared/domain/earning/earning-account.ts';
import type { Earning } from '#shared/domain/earning/program.ts';
import { isSameGrant, regrant, type TierGrant } from '#shared/domain/earning/tier-grant.ts';
import { tierStanding } from '#shared/domain/earning/tier-standing.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { accountColumns, accountKey, type LockedAccount } from '../ledger/lock-accounts.ts';

/** A tier that is not the one last published. */
export type CarriedTier = WalletKey &
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
  held: ReadonlyMap<string, LockedAccount>;
}>;

type Granted = Readonly<{ key: WalletKey; account: LockedAccount; grants: readonly TierGrant[] }>;

/**
 * Grants the accounts of each customer the tiers that they deserve together (`decideGrants`), and
 * ends the grants of accounts that are alone. What is granted follows from the locked accounts, so
 * repeating it changes nothing. A grant begins after all recorded orders of its account: it changes
 * what none of them earned, and all that are placed later are rated by it.
 */
export const carryTiers = async <DomainEvent extends OutboxEvent>(
  scope: Scope<DomainEvent>,
  { groups, afresh, held }: Customers,
): Promise<readonly DomainEvent[]> => {
  const { tx, tenantId, earnings, now } = scope;
  const domainEvents: DomainEvent[] = [];
  const changed: Granted[] = [];
  const standings: (WalletKey & Readonly<{ tier?: string | undefined; fallsAt?: Date }>)[] = [];
  for (const earning of earnings) {
    const { program } = earning.program;
    const granted = groups
      .map((group) => lockedOf(held, { tenantId, program }, group))
      .flatMap((accounts) => grantsOf(accounts, { earning, afresh, now }));
    changed.push(...granted);
    for (const { key, account, grants } of granted) {
      if (account.earning === undefined) continue;
      const at = notBeforeLast(account.earning, now);
      const standing = tierStanding(earning, { ...account.earning, grants }, at);
      const { tier: to, since = at, fallsAt } = standing;
      standings.push({ ...key, tier: to, ...(fallsAt && { fallsAt }) });
      if (to !== account.tier)
        domainEvents.push(scope.tierChanged({ ...key, from: account.tier, to, since }));
    }
  }
  await writeGrants(tx, changed);
  await writeStandings(tx, standings);
  return domainEvents;
};

const lockedOf = (
  held: ReadonlyMap<string, LockedAccount>,
  program: Pick<WalletKey, 'tenantId' | 'program'>,
  accounts: readonly string[],
): readonly Omit<Granted, 'grants'>[] =>
  accounts.flatMap((customerId) => {
    const key = { ...program, customerId };
    const account = held.get(accountKey(key));
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

const writeStandings = async (
  tx: Transaction,
  standings: readonly (WalletKey & Readonly<{ tier?: string | undefined; fallsAt?: Date }>)[],
): Promise<void> => {
  if (standings.length === 0) return;
  const columns = { ...accountColumns, tier: 'text', fallsAt: 'timestamptz' } as const;
  await tx`
    update earning_accounts own set tier = standing.tier, falls_at = standing.falls_at
    from ${rowsOf(tx, { standing: standings }, columns)}
    where (own.tenant_id, own.customer_id, own.program)
      = (standing.tenant_id, standing.customer_id, standing.program)`;
};
