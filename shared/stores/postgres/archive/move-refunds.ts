import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { MovedTable } from './moved-table.ts';

/**
 * Refunds that were applied or refused. A refused one had no effect, and is decided again when it
 * is sent again. The ids of applied ones are in `ledger_keys`, and their amounts and lines are kept
 * by order.
 */
export const movedRefunds: MovedTable = {
  name: 'refunds',
  months: defaultRetention.refunds,
  order: ['refund_id'],
  at: 'recorded_at',
  id: 'refund_id',
  lanes: (sql) => [sql`status <> 'WAITING'`],
  isFinal: (sql) => sql`true`,

  move: (tx, { tenantId, ids, month }) => tx`
    with moved as (
      delete from refunds where tenant_id = ${tenantId} and refund_id = any(${ids}) returning *
    ), known as (
      insert into archived_refunds as known (tenant_id, order_id, minor, lines)
      select tenant_id, order_id, sum(applied_minor), coalesce((
        select jsonb_agg(line) from moved own, jsonb_array_elements(lines) line
        where own.order_id = moved.order_id and status = 'APPLIED'), '[]')
      from moved where status = 'APPLIED' group by tenant_id, order_id
      on conflict (tenant_id, order_id) do update set minor = known.minor + excluded.minor, lines = known.lines || excluded.lines
    )
    insert into ${tx(month)} select * from moved`,

  // Of a refused refund that was sent again the newer request counts. An applied one may be about
  // to be recognized as sent again, which its archived row puts an end to.
  moveBack: async (tx, month) => {
    await tx`
      delete from refunds using ${tx(month)} record
      where (refunds.tenant_id, refunds.refund_id) = (record.tenant_id, record.refund_id) and record.status = 'APPLIED'`;
    await tx`insert into refunds select * from ${tx(month)} on conflict (tenant_id, refund_id) do nothing`;
    await tx`
      update archived_refunds known set minor = known.minor - own.minor, lines = coalesce((
        select jsonb_agg(line) from jsonb_array_elements(known.lines) line where not own.lines @> line), '[]')
      from (
        select tenant_id, order_id, sum(applied_minor) as minor, coalesce((
          select jsonb_agg(line) from ${tx(month)} record, jsonb_array_elements(lines) line
          where record.order_id = restored.order_id and status = 'APPLIED'), '[]') as lines
        from ${tx(month)} restored where status = 'APPLIED' group by tenant_id, order_id) own
      where (known.tenant_id, known.order_id) = (own.tenant_id, own.order_id)`;
    await tx`
      delete from archived_refunds known using ${tx(month)} record
      where (known.tenant_id, known.order_id) = (record.tenant_id, record.order_id) and minor = 0 and known.lines = '[]'`;
  },
};
