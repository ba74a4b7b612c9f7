import type { EntryKind } from '#shared/domain/ledger/ledger-entry.ts';
import type { Transaction } from '../driver/connect.ts';
import type { RefundRow } from './refund-rows.ts';

/** The kind of the entry which records that a refund was applied in a program. */
export const reverse: EntryKind = 'REVERSE';

/**
 * Whether a locked refund is a repetition of one that was applied and is archived: a refund that
 * was not applied yet has no entry. Deletes the repetition, since the archived one is the record.
 */
export const isArchivedRefund = async (
  tx: Transaction,
  { tenantId, refundId, status }: RefundRow,
): Promise<boolean> => {
  if (status !== 'WAITING') return false;
  const { count } = await tx`
    delete from refunds where tenant_id = ${tenantId} and refund_id = ${refundId} and exists (
      select from programs join ledger_keys on key = ledger_key(tenant_id, program, ${reverse}, ${refundId})
      where programs.tenant_id = ${tenantId})`;
  return count > 0;
};
