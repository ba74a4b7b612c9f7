import { assert } from '#shared/domain/assert.ts';
import { stateAtBorder } from '#shared/domain/earning/earning-border.ts';
import type { Earning } from '#shared/domain/earning/program.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { readBorders, saveBorders } from '../earning/earning-checkpoints.ts';
import { readHistories, readMemberships } from '../earning/earning-rows.ts';
import { ratedInSequence } from '../earning/rated-in-sequence.ts';
import { recordedEntry } from '../ledger/ledger-rows.ts';
import { lockWallets, walletName, wantedWallets } from '../ledger/lock-wallets.ts';
import { type TenantStore, tenantStore } from '../tenants/tenant-store.ts';
import type { Partition } from './partition.ts';

/** Wallets that one transaction locks. */
const walletsAtOnce = 20;

/** Wallets that are looked up at once, because a lookup may read the whole month. */
const walletsPerPage = 5_000;

/**
 * Moves the borders of the wallets whose orders depend on each other behind their orders of a
 * month, so that it can be archived: from then on they accept no orders or refunds from before.
 * Returns false when the time `isOver` first. Repeating is safe; wallets that are done are left
 * out.
 * @throws Unavailable when Postgres is unavailable
 */
export const moveBorders = async (
  sql: Sql,
  partition: Partition,
  isOver: () => boolean,
): Promise<boolean> => {
  const tenants = tenantStore(sql);
  let after = noWallet;
  while (!isOver()) {
    const keys = await withPostgres(() => openWallets(sql, partition, { after }));
    for (let first = 0; first < keys.length && !isOver(); first += walletsAtOnce) {
      const some = keys.slice(first, first + walletsAtOnce);
      const earnings = await loadEarnings(tenants, some);
      await inTransaction(sql, (tx) => close(tx, partition, { keys: some, earnings }));
    }
    if (keys.length < walletsPerPage) return !isOver();
    after = keys.at(-1) ?? after;
  }
  return false;
};

const noWallet: WalletKey = { tenantId: '', customerId: '', program: '' };

type OpenPage = Readonly<{ after?: WalletKey; walletsMax?: number }>;

/**
 * Wallets, in key order, whose orders a month paid or corrected and whose border is not after it
 * yet.
 */
export const openWallets = (
  sql: Sql | Transaction,
  { partition, endsAt }: Partition,
  { after = noWallet, walletsMax = walletsPerPage }: OpenPage,
): Promise<readonly WalletKey[]> => sql<WalletKey[]>`
  select distinct tenant_id, customer_id, program from ${sql(partition)} entry
  where (tenant_id, customer_id, program) > (${after.tenantId}, ${after.customerId}, ${after.program})
    and kind in ('EARN', 'REVERSE', 'REVISE') and (tenant_id, program) in (${ratedInSequence(sql)})
    and not exists (
      select from earning_borders border where border.tenant_id = entry.tenant_id
        and border.customer_id = entry.customer_id and border.program = entry.program
        and border.ends_at >= ${endsAt})
  order by tenant_id, customer_id, program limit ${walletsMax}`;

type Earnings = ReadonlyMap<string, Earning>;

/** The terms of the programs of wallets, by wallet key. */
const loadEarnings = async (
  tenants: TenantStore,
  keys: readonly WalletKey[],
): Promise<Earnings> => {
  const loaded = keys.map(async (key) => {
    const tenant = await tenants.find(key.tenantId);
    const program = tenant?.programs.find(({ program: name }) => name === key.program);
    assert(tenant && program, `program ${key.program} of ${key.tenantId} is there`);
    return [walletName(key), { program, timeZone: tenant.timeZone }] as const;
  });
  return new Map(await Promise.all(loaded));
};

type Closing = Readonly<{ keys: readonly WalletKey[]; earnings: Earnings }>;

const close = async (
  tx: Transaction,
  partition: Partition,
  { keys, earnings }: Closing,
): Promise<void> => {
  const held = await lockWallets(tx, keys, { create: false, lots: false });
  const lastPlaced = await readLastPlaced(tx, partition, keys);
  const borders = await readBorders(tx, keys);
  const memberships = await readMemberships(tx, keys);
  const closing = keys.map((key) => {
    const earning = earnings.get(walletName(key));
    assert(earning, `the program of wallet ${walletName(key)} is loaded`);
    const until = lastPlaced.get(walletName(key)) ?? new Date(0);
    const view = {
      memberships: memberships.get(`${key.tenantId} ${key.customerId}`) ?? [],
      grants: held.get(walletName(key))?.grants,
      border: borders.get(walletName(key)),
    };
    return { key, ...stateAtBorder(earning, view, until) };
  });
  await readHistories(
    tx,
    closing.flatMap(({ key, history }) => (history === undefined ? [] : [{ key, history }])),
  );
  const { endsAt } = partition;
  await saveBorders(
    tx,
    closing.map(({ key, settle }) => ({ key, endsAt, state: settle() })),
  );
};

/**
 * When the last order was placed that has an entry in a month; wallets without are those that have
 * corrections of archived orders only. The month of a correction may be the one before that of its
 * order, where both were recorded within moments.
 */
const readLastPlaced = async (
  tx: Transaction,
  { partition }: Partition,
  keys: readonly WalletKey[],
): Promise<ReadonlyMap<string, Date>> => {
  const rows = await tx<(WalletKey & { placedAt: Date })[]>`
    with entry as (
      select own.* from ${wantedWallets(tx, keys)} cross join lateral (
        select tenant_id, customer_id, program, kind, order_id, occurred_at from ${tx(partition)} entry
        where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
          and entry.program = wanted.program and kind in ('EARN', 'REVERSE', 'REVISE')
        offset 0) own
    ), corrected as (
      select own.tenant_id, own.customer_id, own.program, own.occurred_at
      from (
        select distinct tenant_id, program, 'EARN' as kind, order_id as cause_id from entry where kind <> 'EARN'
      ) wanted cross join lateral (${recordedEntry(tx)}) own
    )
    select tenant_id, customer_id, program, max(occurred_at) as placed_at from (
      select tenant_id, customer_id, program, occurred_at from entry where kind = 'EARN'
      union all select * from corrected) placed
    group by tenant_id, customer_id, program`;
  return new Map(rows.map(({ placedAt, ...key }) => [walletName(key), placedAt]));
};
