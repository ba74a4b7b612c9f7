import type { Transaction } from '../driver/connect.ts';

/** As in the function await_decisions(). */
const namespace = 7_136_504;

/**
 * Keeps the caps of tenants as they are until the transaction ends: whoever changes them waits.
 * Shared by all who decide.
 */
export const shareTerms = async (tx: Transaction, tenantIds: readonly string[]): Promise<void> => {
  await tx`
    select pg_advisory_xact_lock_shared(${namespace}, hashtext(tenant_id))
    from unnest(${tenantIds}::text[]) as wanted (tenant_id)`;
};
