import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

/** Points that expire or are pending are kept by lot; of the others the balance says enough. */
const touchesLot = ({ account, counterAccount, expiresAt }: LedgerEntry): boolean =>
  account === 'pending' || counterAccount === 'pending' || expiresAt !== undefined;

/**
 * Whether an entry can empty the lot that it takes from. Only entries of accounts that the
 * transaction has locked do.
 */
const takesFromLot = ({ points, counterAccount }: LedgerEntry): boolean =>
  points < 0 || counterAccount === 'pending';

/**
 * CTEs, after one named `booked` with new entries, that add the entries to their lots, delete the
 * lots that they empty, and add what expired to lapsed_lots; nothing where no entry has to do with
 * lots. Each begins with a comma.
 */
export const moveLots = (sql: Sql | Transaction, entries: readonly LedgerEntry[]) => {
  const moving = entries.filter(touchesLot);
  if (moving.length === 0) return sql``;
  const empties = moving.some(takesFromLot);
  return sql`, movement as (${sumMovements(sql)})
    ${empties ? sql`, emptied as (${deleteEmptied(sql)})` : sql``}, moved as (
    insert into points_lots as standing
      (tenant_id, customer_id, program, lot_id, account, points, expires_at, available_at, awaits, order_id)
    select tenant_id, customer_id, program, lot_id, account, points, expires_at, available_at, awaits, order_id
    from movement
    where points <> 0 ${empties ? sql`and (customer_id, tenant_id, program, lot_id, account) not in (select * from emptied)` : sql``}
    order by tenant_id, customer_id, program, lot_id, account
    on conflict (tenant_id, customer_id, program, lot_id, account) do update set
      points = standing.points + excluded.points)
    ${moving.some(({ counterAccount }) => counterAccount === 'expired') ? sql`, lapsed as (${addLapsed(sql)})` : sql``}`;
};

const sumMovements = (sql: Sql | Transaction) => sql`
  select tenant_id, customer_id, program, lot_id, account, sum(points)::bigint as points,
    coalesce(sum(expired), 0)::bigint as expired, min(expires_at) as expires_at, min(available_at) as available_at,
    min(awaits) as awaits, min(order_id) as order_id
  from (
    select tenant_id, customer_id, program, lot_id, account, points, expires_at,
      case account when 'pending' then available_at end as available_at,
      case account when 'pending' then awaits end as awaits,
      case account when 'pending' then order_id end as order_id,
      case counter_account when 'expired' then -points end as expired
    from booked where account = 'pending' or expires_at is not null
    union all
    select tenant_id, customer_id, program, lot_id, 'pending', -points, expires_at, null, null, null, null
    from booked where counter_account = 'pending'
  ) each
  group by tenant_id, customer_id, program, lot_id, account`;

/**
 * By their place in the table: the planner cannot know how few they are, and would read all lots to
 * join them.
 */
const deleteEmptied = (sql: Sql | Transaction) => sql`
  delete from points_lots where ctid = any(array(
    select lot.ctid from movement cross join lateral (
      select ctid from points_lots standing
      where standing.tenant_id = movement.tenant_id and standing.customer_id = movement.customer_id
        and standing.program = movement.program and standing.lot_id = movement.lot_id
        and standing.account = movement.account and standing.points + movement.points = 0 and standing.reserved = 0
      limit 1) lot))
  returning customer_id, tenant_id, program, lot_id, account`;

const addLapsed = (sql: Sql | Transaction) => sql`
  insert into lapsed_lots as standing (tenant_id, customer_id, program, lot_id, points, expires_at)
  select tenant_id, customer_id, program, lot_id, expired, expires_at from movement where expired <> 0
  order by tenant_id, customer_id, program, lot_id
  on conflict (tenant_id, customer_id, program, lot_id) do update set points = standing.points + excluded.points`;
