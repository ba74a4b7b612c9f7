import type { RefundRefusal, RefundRequest } from '#shared/domain/earning/refunds/refund.ts';
import type { Transaction } from '../driver/connect.ts';
import { DecidedMeanwhile } from '../driver/transaction.ts';
import { earn, type OrderKey } from './earning-rows.ts';
import type { RefundRow } from './refund-rows.ts';

/** Records that a refund is refused, and returns why. */
export const refuse = async (
  tx: Transaction,
  { tenantId, refundId }: RefundRequest,
  refusal: RefundRefusal,
): Promise<RefundRefusal> => {
  await tx`
    update refunds set status = 'REFUSED', reason = ${refusal.reason}
    where tenant_id = ${tenantId} and refund_id = ${refundId}`;
  return refusal;
};

/**
 * Refuses a refund of an order that is archived or before the border of its wallet, unless it was
 * applied before.
 */
export const refuseArchivedOrder = async (
  tx: Transaction,
  refund: RefundRequest,
  { status }: Pick<RefundRow, 'status'>,
): Promise<RefundRefusal | Readonly<{ kind: 'replayed' }>> => {
  if (status === 'APPLIED') return { kind: 'replayed' };
  const detail = `Order ${refund.orderId} is archived, or was placed before archived orders of its customer`;
  return refuse(tx, refund, { kind: 'refused', reason: 'order-archived', detail });
};

/** Why a refund was refused before. */
export const refusalOf = ({ reason, refundId }: RefundRow): RefundRefusal => ({
  kind: 'refused',
  reason: reason ?? 'refund-exceeds-order',
  detail: `Refund ${refundId} was already refused`,
});

/**
 * Lets a refund wait for its order, which was found neither in the ledger nor in the archive.
 * @throws DecidedMeanwhile when the order is paid nevertheless: just now, or its month was being
 * restored
 */
export const waitForOrder = async (
  tx: Transaction,
  { tenantId, orderId }: OrderKey,
): Promise<Readonly<{ kind: 'waiting' }>> => {
  const paid = await tx`
    select from programs join ledger_keys on key = ledger_key(tenant_id, program, ${earn}, ${orderId})
    where tenant_id = ${tenantId} limit 1`;
  if (paid.count > 0) throw new DecidedMeanwhile();
  return { kind: 'waiting' };
};
