import type { Correlation } from '#shared/domain/correlation.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';

/** A refund as it was asked for. */
export type RefundRequest = Readonly<{
  tenantId: string;
  refundId: string;
  orderId: string;
  /** Absent: whatever is left of the order. */
  amountMinor?: number | undefined;
  lines?: readonly string[] | undefined;
  /** Absent: that of the order. */
  currency?: string | undefined;
  refundedAt: Date;
  cause: string;
  /** Its events are published under it, also when it waited for its order. */
  correlation?: Correlation | undefined;
}>;

/** Why a refund is refused. */
export type RefusalReason = 'refund-exceeds-order' | 'line-refunded' | 'wrong-currency';

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
