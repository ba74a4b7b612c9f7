import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { MovedTable } from './moved-table.ts';

/** Redemptions that ended. Their ids and committed points are kept. */
export const movedRedemptions: MovedTable = {
  name: 'redemptions',
  months: defaultRetention.redemptions,
  order: ['redemption_id'],
  at: 'created_at',
  id: 'redemption_id',
  lanes: (sql) => [sql`status <> 'RESERVED'`],
  isFinal: (sql) => sql`true`,

  move: (tx, { tenantId, ids, month }) => tx`
    with moved as (
      delete from redemptions where tenant_id = ${tenantId} and redemption_id = any(${ids}) returning *
    ), known as (
      insert into archived_redemptions (tenant_id, redemption_id, committed, created_at)
      select tenant_id, redemption_id, committed, created_at from moved
    )
    insert into ${tx(month)} select * from moved`,

  moveBack: (tx, month) => tx`
    with moved as (insert into redemptions select * from ${tx(month)} returning *)
    delete from archived_redemptions known using moved
    where known.tenant_id = moved.tenant_id and known.redemption_id = moved.redemption_id`,
};
