import type { RefundRequest, RefusalReason } from '#shared/domain/earning/refunds/refund.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';

/** A refund as it is recorded. */
export type RefundRow = CorrelationRow &
  Readonly<{
    tenantId: string;
    refundId: string;
    orderId: string;
    amountMinor: number | null;
    lines: readonly string[] | null;
    currency: string | null;
    status: 'WAITING' | 'APPLIED' | 'REFUSED';
    reason: RefusalReason | null;
    appliedMinor: number;
    refundedAt: Date;
    cause: string;
  }>;

/** The columns of a RefundRow. */
export const refundColumns = (sql: Sql | Transaction) => sql`
  tenant_id, refund_id, order_id, amount_minor, lines, currency, status, reason, applied_minor,
  refunded_at, cause, correlation_id, traceparent`;

/** The request that a recorded refund came from. */
export const toRequest = (row: RefundRow): RefundRequest => ({
  tenantId: row.tenantId,
  refundId: row.refundId,
  orderId: row.orderId,
  amountMinor: row.amountMinor ?? undefined,
  lines: row.lines ?? undefined,
  currency: row.currency ?? undefined,
  refundedAt: row.refundedAt,
  cause: row.cause,
  correlation: toCorrelation(row),
});
