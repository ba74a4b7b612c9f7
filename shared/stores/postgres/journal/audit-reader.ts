import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** An entry of the change log: a manual change, or a refused request. */
export type AuditEntry = Readonly<{
  auditNo: number;
  at: Date;
  subject: string;
  action: string;
  resource: string;
  before: unknown;
  after: unknown;
}>;

type Asked = Readonly<{
  tenantId: string;
  /** What the path of the resource begins with. */
  resource?: string | undefined;
  subject?: string | undefined;
  action?: string | undefined;
  below?: number | undefined;
  limit: number;
}>;

export type AuditReader = Readonly<{
  /** A tenant's entries, the newest first, those `below` a number. */
  page: (asked: Asked) => Promise<readonly AuditEntry[]>;
}>;

/** Reads the entries that recordChange and accessAudit wrote. */
export const auditReader = (sql: Sql): AuditReader => ({
  page: ({ tenantId, resource, subject, action, below, limit }) =>
    withPostgres(
      async () => sql<AuditEntry[]>`
        select audit_no, at, subject, action, resource, before, after from audit_log
        where tenant_id = ${tenantId}
          ${resource === undefined ? sql`` : sql`and starts_with(resource, ${resource})`}
          ${subject === undefined ? sql`` : sql`and subject = ${subject}`}
          ${action === undefined ? sql`` : sql`and action = ${action}`}
          ${below === undefined ? sql`` : sql`and audit_no < ${below}`}
        order by audit_no desc limit ${limit}`,
    ),
});
