import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { hasMinorUnits } from '#shared/domain/money/minor-units.ts';
import type { Transaction } from '../driver/connect.ts';
import type { RefundRow, RefusalReason } from './refund-rows.ts';

/** That a refund cannot be applied to its order, and why. */
export type RefundRefusal = Readonly<{ kind: 'refused'; reason: RefusalReason; detail: string }>;

/** How much a refund takes off its order, or why it cannot be applied. */
export const judgeRefund = async (
  tx: Transaction,
  refund: RefundRow,
  order: LedgerEntry,
): Promise<RefundRefusal | Readonly<{ appliedMinor: number }>> => {
  const { orderId, amountMinor } = refund;
  const refusal = refuseCurrency(refund, order.currency ?? '');
  if (refusal !== undefined) return refusal;
  const before = await readApplied(tx, refund);
  const left = (order.amountMinor ?? 0) - before.minor;
  if (amountMinor !== null && amountMinor > left) {
    const detail = `Only ${left} minor units of order ${orderId} are left to refund, got ${amountMinor}`;
    return { kind: 'refused', reason: 'refund-exceeds-order', detail };
  }
  if (before.line !== null) {
    const detail = `Line ${before.line} of order ${orderId} was already refunded`;
    return { kind: 'refused', reason: 'line-refunded', detail };
  }
  return { appliedMinor: amountMinor ?? left };
};

/** Refuses a currency that is not the order's, and an amount without one that was read with decimal places which the order's lacks. */
const refuseCurrency = (
  { orderId, currency, amountMinor }: RefundRow,
  ofOrder: string,
): RefundRefusal | undefined => {
  const isAmbiguous = currency === null && amountMinor !== null && !hasMinorUnits(ofOrder);
  if (!isAmbiguous && (currency ?? ofOrder) === ofOrder) return undefined;
  const detail = `Order ${orderId} is in ${ofOrder}, the refund ${currency === null ? 'has no currency' : `is in ${currency}`}`;
  return { kind: 'refused', reason: 'wrong-currency', detail };
};

/** What applied refunds have taken off the order, and the first line of this refund that one of them names. */
const readApplied = async (
  tx: Transaction,
  { tenantId, orderId, lines }: RefundRow,
): Promise<Readonly<{ minor: number; line: string | null }>> => {
  const [applied] = await tx<[{ minor: number; line: string | null }]>`
    select coalesce(sum(applied_minor), 0)::bigint as minor,
      min((select min(line) from jsonb_array_elements_text(refunds.lines) line
        where line = any(${[...(lines ?? [])]}))) as line
    from refunds where tenant_id = ${tenantId} and order_id = ${orderId} and status = 'APPLIED'`;
  return applied;
};
