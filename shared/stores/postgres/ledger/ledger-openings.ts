import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

/** The columns of what entries add up to: points, pending and lifetime. */
export const entrySums = (sql: Sql | Transaction): Fragment => sql`
  coalesce(sum(points) filter (where account = 'available'), 0) as points,
  coalesce(sum(points) filter (where account = 'pending'), 0)
    - coalesce(sum(points) filter (where counter_account = 'pending'), 0) as pending,
  coalesce(sum(points) filter (where kind in ('EARN', 'REVERSE', 'REVISE')), 0) as lifetime`;

/** Selects what entries add up to by wallet, with their number. */
export const ledgerSums = (sql: Sql | Transaction, entries: Fragment): Fragment => sql`
  select tenant_id, customer_id, program, count(*) as entries, ${entrySums(sql)}
  from ${entries} entry group by tenant_id, customer_id, program`;

/** Selects the movements of entries into and out of lots that can expire or are pending. */
export const lotMovements = (sql: Sql | Transaction, entries: Fragment): Fragment => sql`
  select tenant_id, customer_id, program, lot_id, account, points, expires_at,
    case counter_account when 'expired' then -points else 0 end as expired
  from ${entries} entry where account = 'pending' or expires_at is not null
  union all
  select tenant_id, customer_id, program, lot_id, 'pending', -points, expires_at, 0
  from ${entries} entry where counter_account = 'pending'`;
