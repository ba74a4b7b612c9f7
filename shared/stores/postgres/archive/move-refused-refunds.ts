import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { MovedTable } from './moved-table.ts';

/**
 * Refunds that were refused: they had no effect, and one that is sent again is decided again.
 * Others stay, since the record of an applied refund is hardly longer than what later refunds of
 * its order need of it.
 */
export const movedRefusedRefunds: MovedTable = {
  name: 'refunds',
  months: defaultRetention.refusedRefunds,
  order: ['refund_id'],
  at: 'recorded_at',
  id: 'refund_id',
  lanes: (sql) => [sql`status = 'REFUSED'`],
  isFinal: (sql) => sql`true`,

  move: (tx, { tenantId, ids, month }) => tx`
    with moved as (
      delete from refunds where tenant_id = ${tenantId} and refund_id = any(${ids}) returning *
    )
    insert into ${tx(month)} select * from moved`,

  moveBack: (tx, month) => tx`
    insert into refunds select * from ${tx(month)} on conflict (tenant_id, refund_id) do nothing`,
};
