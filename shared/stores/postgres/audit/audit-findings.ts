import type { Transaction } from '../driver/connect.ts';
import type { AuditResult } from './audit-result.ts';

/** What checks found, by their names. */
export type Found = Readonly<Partial<Record<string, AuditResult>>>;

/** Keeps the examples of what was found. */
export const keepFindings = async (tx: Transaction, found: Found): Promise<void> => {
  for (const [check, result] of Object.entries(found)) {
    for (const { tenantId, subject, recorded, recomputed } of result?.examples ?? [])
      await tx`
        insert into audit_findings (check_name, tenant_id, subject, recorded, recomputed)
        values (${check}, ${tenantId}, ${subject}, ${recorded}, ${recomputed})
        on conflict (check_name, tenant_id, subject) do update set
          recorded = excluded.recorded, recomputed = excluded.recomputed, found_at = excluded.found_at`;
  }
};
