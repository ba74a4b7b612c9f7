import { emptyState, notBeforeLast } from '#shared/domain/earning/earning-state.ts';
import type { Earning } from '#shared/domain/earning/program.ts';
import { decideGrants } from '#shared/domain/earning/tiers/decide-grants.ts';
import { isSameGrant, regrant, type TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';
import { tierStatus } from '#shared/domain/earning/tiers/tier-status.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { type LockedWallet, walletColumns, walletName } from '../../ledger/lock-wallets.ts';

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
  locked: ReadonlyMap<string, LockedWallet>;
}>;

type Granted = Readonly<{ key: WalletKey; wallet: LockedWallet; grants: readonly TierGrant[] }>;

/**
 * Grants the accounts of each customer the tiers that they deserve together (`decideGrants`), and
 * ends the grants of accounts that are alone. What is granted follows from the locked wallets, so
 * repeating it changes nothing. A grant begins after all recorded orders of its wallet: it changes
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
      .flatMap((wallets) => grantsOf(wallets, { earning, afresh, now }))
      .map((granted) => ({ ...granted, earning }));
  });
  const tiers = changed.flatMap((granted) => tiersOf(granted, now));
  await writeGrants(tx, changed);
  await writeTiers(tx, tiers);
  return tiers.filter(({ from, to }) => from !== to).map(tierChanged);
};

type WalletTier = CarriedTier & Readonly<{ fallsAt: Date | undefined }>;

/** The tier of a wallet with its grants; none of a wallet without a state to keep it with. */
const tiersOf = (
  { key, wallet, grants, earning }: Granted & Readonly<{ earning: Earning }>,
  now: Date,
): readonly WalletTier[] => {
  if (wallet.earning === undefined) return [];
  const at = notBeforeLast(wallet.earning, now);
  const basis = { ...wallet.earning, grants };
  const { tier: to, since = at, fallsAt } = tierStatus(earning, basis, at);
  return [{ ...key, from: wallet.tier, to, since, fallsAt }];
};

const lockedOf = (
  locked: ReadonlyMap<string, LockedWallet>,
  program: Pick<WalletKey, 'tenantId' | 'program'>,
  accounts: readonly string[],
): readonly Omit<Granted, 'grants'>[] =>
  accounts.flatMap((customerId) => {
    const key = { ...program, customerId };
    const wallet = locked.get(walletName(key));
    return wallet === undefined ? [] : [{ key, wallet }];
  });

/** What the accounts of one customer are granted, as far as it is not what they were. */
const grantsOf = (
  wallets: readonly Omit<Granted, 'grants'>[],
  { earning, afresh, now }: Pick<Customers, 'afresh'> & Readonly<{ earning: Earning; now: Date }>,
): readonly Granted[] => {
  const known = wallets.map(({ key: { customerId }, wallet: { earning: own, grants } }) => ({
    state: own ?? emptyState,
    grants: afresh.has(customerId) ? [] : grants,
  }));
  const following = wallets.length < 2 ? [] : decideGrants(earning, known, now);
  return wallets.flatMap(({ key, wallet }) => {
    const grants = regrant(wallet.grants, following, afterOrders(wallet, now));
    const isSame =
      grants.length === wallet.grants.length &&
      grants.every((grant, index) => isSameGrant(grant, wallet.grants[index] ?? grant));
    return isSame ? [] : [{ key, wallet, grants }];
  });
};

/** An instant, or if there are recorded orders placed then or later, just after the last one. */
const afterOrders = ({ earning }: LockedWallet, now: Date): Date => {
  const last = earning?.last && Date.parse(earning.last.placedAt);
  return last === undefined || last < now.getTime() ? now : new Date(last + 1);
};

const writeGrants = async (tx: Transaction, changed: readonly Granted[]): Promise<void> => {
  if (changed.length === 0) return;
  const rowsIn = (all: readonly TierGrant[], without: readonly TierGrant[], key: WalletKey) =>
    all
      .filter((grant) => !without.some((other) => isSameGrant(grant, other)))
      .map(({ tier, since, until }) => ({ ...key, tier, since, until: until ?? 'infinity' }));
  const gone = changed.flatMap(({ key, wallet, grants }) => rowsIn(wallet.grants, grants, key));
  const added = changed.flatMap(({ key, wallet, grants }) => rowsIn(grants, wallet.grants, key));
  const columns = {
    ...walletColumns,
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

const writeTiers = async (tx: Transaction, tiers: readonly WalletTier[]): Promise<void> => {
  if (tiers.length === 0) return;
  const rows = tiers.map(({ to: tier, ...wallet }) => ({ ...wallet, tier }));
  const columns = { ...walletColumns, tier: 'text', fallsAt: 'timestamptz' } as const;
  await tx`
    update earning_accounts own set tier = changed.tier, falls_at = changed.falls_at
    from ${rowsOf(tx, { changed: rows }, columns)}
    where (own.tenant_id, own.customer_id, own.program)
      = (changed.tenant_id, changed.customer_id, changed.program)`;
};
