import type { Fragment } from 'postgres';
import type { Transaction } from '../../driver/connect.ts';
import type { AuditScope } from '../audit-scope.ts';

/** What refunds took of orders, as rows of tenant_id, order_id and minor. */
export const refundedOrders = (
  tx: Transaction,
  { refunds }: Pick<AuditScope, 'refunds'>,
): Fragment => tx`
  select tenant_id, order_id, sum(applied_minor) as minor from ${refunds} refund
  where applied_minor > 0 group by tenant_id, order_id`;

/** What was corrected of orders, as rows of tenant_id, program, order_id and points. */
export const correctedOrders = (
  tx: Transaction,
  { corrected }: Pick<AuditScope, 'corrected'>,
): Fragment => tx`
  select tenant_id, program, order_id, sum(points) as points from ${corrected} entry
  where kind in ('REVERSE', 'REVISE') group by tenant_id, program, order_id`;
