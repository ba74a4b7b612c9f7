import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';
import type { AuditScope } from './audit-scope.ts';

/**
 * The programs in which the worth of an order depends on its customer's other orders, as rows of
 * tenant_id and program: those with tiers, carried remainders, or caps of a day or a month.
 */
export const ratedInSequence = (tx: Sql | Transaction): Fragment => tx`
  select tenant_id, program from tier_ladders where valid_from is not null
  union
  select tenant_id, program from earning_rules
  where valid_from is not null and rates_in_sequence(terms)`;

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
