import type { Correlation } from '../../correlation.ts';
import type { LedgerEntry } from '../../ledger/ledger-entry.ts';
import { hasMinorUnits } from '../../money/minor-units.ts';

/** A refund as it was requested. */
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

/** A refund of a recorded order, with the amount that it takes off the order. */
export type AppliedRefund = RefundRequest & Readonly<{ appliedMinor: number }>;

/** Why a refund is refused. */
export type RefusalReason =
  | 'refund-exceeds-order'
  | 'line-refunded'
  | 'wrong-currency'
  | 'order-archived';

/** That a refund cannot be applied to its order, and why. */
export type RefundRefusal = Readonly<{ kind: 'refused'; reason: RefusalReason; detail: string }>;

/**
 * What earlier refunds took off an order in minor units, and the first line of a refund that one of
 * them names.
 */
export type EarlierRefunds = Readonly<{ minor: number; line: string | undefined }>;

/** How much a refund takes off its order, or why it cannot be applied. */
export const applyRefund = (
  refund: RefundRequest,
  order: LedgerEntry,
  earlier: EarlierRefunds,
): AppliedRefund | RefundRefusal => {
  const { orderId, amountMinor } = refund;
  const refusal = refuseCurrency(refund, order.currency ?? '');
  if (refusal !== undefined) return refusal;
  const left = (order.amountMinor ?? 0) - earlier.minor;
  if (amountMinor !== undefined && amountMinor > left) {
    const detail = `Only ${left} minor units of order ${orderId} are left to refund, got ${amountMinor}`;
    return { kind: 'refused', reason: 'refund-exceeds-order', detail };
  }
  if (earlier.line !== undefined) {
    const detail = `Line ${earlier.line} of order ${orderId} was already refunded`;
    return { kind: 'refused', reason: 'line-refunded', detail };
  }
  return { ...refund, appliedMinor: amountMinor ?? left };
};

/**
 * Refuses a currency that is not the order's, and an amount without a currency that was read with
 * decimal places if the order's currency has none.
 */
const refuseCurrency = (
  { orderId, currency, amountMinor }: RefundRequest,
  ofOrder: string,
): RefundRefusal | undefined => {
  const isAmbiguous =
    currency === undefined && amountMinor !== undefined && !hasMinorUnits(ofOrder);
  if (!isAmbiguous && (currency ?? ofOrder) === ofOrder) return undefined;
  const detail = `Order ${orderId} is in ${ofOrder}, the refund ${currency === undefined ? 'has no currency' : `is in ${currency}`}`;
  return { kind: 'refused', reason: 'wrong-currency', detail };
};
