import type { Transaction } from '../driver/connect.ts';
import { type AuditResult, audit } from './audit-result.ts';
import type { AuditScope } from './audit-scope.ts';

/**
 * Every entry is the one that its key names. So no effect was recorded twice, and a redelivery
 * finds it.
 */
export const auditKeys = (
  tx: Transaction,
  { entries }: Pick<AuditScope, 'entries'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    select tenant_id, program || ' ' || kind || ' ' || cause_id as subject, 'entry ' || entry.entry_no as recorded,
      coalesce('entry ' || known.entry_no || ' of ' || known.customer_id, 'no key') as recomputed,
      (known.entry_no, known.recorded_at, known.customer_id)
        is distinct from (entry.entry_no, entry.recorded_at, entry.customer_id) as is_wrong
    from ${entries} entry
    left join ledger_keys known on known.key = ledger_key(tenant_id, program, kind, cause_id)`,
  );
