import { assert } from '#shared/domain/assert.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { LotShare, Redemption } from '#shared/domain/wallets/redemption.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { recordArchived } from '../journal/record-archived.ts';
import { wantedWallets } from '../ledger/lock-wallets.ts';

type Row = RowOf<Redemption>;

const columns = (sql: Sql | Transaction) => sql`
  tenant_id, customer_id, program, redemption_id, points, committed, status, lots, reference,
  created_by, created_at, times_out_at, ended_at`;

const toRedemption = fromRow<Redemption>;

/** What names a redemption. */
export type RedemptionKey = WalletKey & Pick<Redemption, 'redemptionId'>;

/**
 * The redemption of a wallet, as it was last written; undefined when that wallet has none of this
 * id.
 * @throws RecordArchived when it was archived
 */
export const findRedemption = async (
  sql: Sql | Transaction,
  { tenantId, customerId, program, redemptionId }: RedemptionKey,
): Promise<Redemption | undefined> => {
  const [row] = await sql<((Row | { redemptionId: null }) & { archivedCreatedAt: Date | null })[]>`
    select redemption.*, archived.created_at as archived_created_at
    from (values (${tenantId}, ${redemptionId})) wanted (tenant_id, redemption_id)
    left join lateral (
      select ${columns(sql)} from redemptions
      where tenant_id = wanted.tenant_id and redemption_id = wanted.redemption_id
        and customer_id = ${customerId} and program = ${program}) redemption on true
    left join archived_redemptions archived on archived.tenant_id = wanted.tenant_id
      and archived.redemption_id = wanted.redemption_id`;
  assert(row, 'a row is returned, found or not');
  const { archivedCreatedAt: recordedAt, ...redemption } = row;
  const name = `Redemption ${redemptionId}`;
  if (recordedAt !== null)
    throw await recordArchived(sql, { table: 'redemptions', name, recordedAt });
  return redemption.redemptionId === null ? undefined : toRedemption(redemption);
};

/** The initial data of a redemption; the database sets the time. */
export type NewRedemption = Omit<Redemption, 'createdAt' | 'endedAt'>;

/** Inserts a new redemption; one that is not open ended immediately. */
export const insertRedemption = async (
  sql: Transaction,
  redemption: NewRedemption,
): Promise<Redemption> => {
  const isOpen = redemption.status === 'RESERVED';
  const [row] = await sql<Row[]>`
    insert into redemptions (tenant_id, redemption_id, customer_id, program, points, committed, status, lots,
      reference, created_by, times_out_at, ended_at)
    values (${redemption.tenantId}, ${redemption.redemptionId}, ${redemption.customerId}, ${redemption.program},
      ${redemption.points}, ${redemption.committed}, ${redemption.status}, ${JSON.stringify(redemption.lots)}::text::jsonb,
      ${redemption.reference ?? null}, ${redemption.createdBy}, ${redemption.timesOutAt},
      case when ${isOpen} then null else now() end)
    returning ${columns(sql)}`;
  assert(row, 'an inserted redemption is returned');
  return toRedemption(row);
};

/** Records how an open redemption of a locked wallet ended. */
export const endRedemption = async (
  sql: Transaction,
  { tenantId, redemptionId }: RedemptionKey,
  { status, committed }: Pick<Redemption, 'status' | 'committed'>,
): Promise<Redemption> => {
  const [row] = await sql<Row[]>`
    update redemptions set status = ${status}, committed = ${committed}, ended_at = now()
    where tenant_id = ${tenantId} and redemption_id = ${redemptionId} and status = 'RESERVED'
    returning ${columns(sql)}`;
  assert(row, `redemption ${redemptionId} was open`);
  return toRedemption(row);
};

/**
 * Ends the open redemptions of locked wallets that have timed out, as of that time, and returns
 * their reserved points.
 */
export const endOverdue = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  now: Date,
): Promise<readonly (WalletKey & Readonly<{ lots: readonly LotShare[] }>)[]> =>
  sql<(WalletKey & { lots: LotShare[] })[]>`
    update redemptions set status = 'TIMED_OUT', ended_at = times_out_at
    from (
      select own.tenant_id, own.redemption_id from ${wantedWallets(sql, wallets)}
      cross join lateral (
        -- By the index of open redemptions by wallet, whatever statistics say.
        select tenant_id, redemption_id, times_out_at from redemptions
        where tenant_id = wanted.tenant_id and customer_id = wanted.customer_id
          and program = wanted.program and status = 'RESERVED'
        offset 0) own
      where own.times_out_at <= ${now}) overdue
    where redemptions.tenant_id = overdue.tenant_id and redemptions.redemption_id = overdue.redemption_id
      and status = 'RESERVED'
    returning redemptions.tenant_id, customer_id, program, lots`;

/**
 * Locks wallets with reservations whose time is over, and names one for each; those that somebody
 * else holds are left to the next call.
 */
export const claimOverdue = async (
  sql: Transaction,
  now: Date,
  reservationsMax: number,
): Promise<readonly WalletKey[]> => sql<WalletKey[]>`
  select balance.tenant_id, balance.customer_id, balance.program
  from redemptions join points_balances balance using (tenant_id, customer_id, program)
  where redemptions.status = 'RESERVED' and times_out_at <= ${now}
  order by times_out_at
  limit ${reservationsMax}
  for update of balance skip locked`;
