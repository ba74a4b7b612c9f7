import type { Sql } from './connect.ts';
import { withPostgres } from './postgres-error.ts';

/** Something that is not as an independent calculation says; one of possibly many. */
type Discrepancy = Readonly<{
  tenantId: string;
  /** The order of an entry, or the customer of a balance. */
  subject: string;
  recorded: string;
  recomputed: string;
}>;

/** What one audit looked at, and what was wrong: the number in all, and the first few. */
export type AuditResult = Readonly<{
  examined: number;
  wrong: number;
  examples: readonly Discrepancy[];
}>;

export type LedgerAudit = Readonly<{
  /** Every EARN: its rule version and points, by the rules in the database and the order as recorded. */
  entries: () => Promise<AuditResult>;
  /** Every balance: points and lifetime, by its customer's entries; customers with only one of the two included. */
  balances: () => Promise<AuditResult>;
}>;

const examplesMax = 10;

/**
 * Recomputes what stands in the database on a road of its own: in SQL, with numeric arithmetic, sharing no code with the
 * functions that wrote it. Reads one snapshot, so it may run beside them.
 */
export const ledgerAudit = (sql: Sql): LedgerAudit => ({
  entries: () =>
    audit(
      async () => sql<Row[]>`
      with judged as (
        select entry.tenant_id, cause_id,
          points || ' points by rule ' || rule_version as recorded,
          coalesce(trunc(amount_minor::numeric / rule.minor_per_step) * rule.points_per_step
            || ' points by rule ' || rule.version, 'no rule for it') as recomputed
        from points_ledger entry
        left join lateral (
          select version, minor_per_step, points_per_step from earning_rules
          where earning_rules.tenant_id = entry.tenant_id
            and earning_rules.currency = entry.currency and valid_from <= occurred_at
          order by valid_from desc limit 1) rule on true
        where kind = 'EARN'
      )
      select count(*) as examined, count(*) filter (where recorded <> recomputed) as wrong,
        coalesce((select json_agg(example) from (
          select tenant_id as "tenantId", cause_id as subject, recorded, recomputed
          from judged where recorded <> recomputed limit ${examplesMax}) example), '[]') as examples
      from judged`,
    ),

  balances: () =>
    audit(
      async () => sql<Row[]>`
      with sums as (
        select tenant_id, customer_id, sum(points) as points,
          coalesce(sum(points) filter (where kind = 'EARN'), 0) as lifetime
        from points_ledger group by tenant_id, customer_id
      ), judged as (
        select tenant_id, customer_id,
          coalesce(balance.points || ' points, ' || balance.lifetime || ' ever', 'no balance') as recorded,
          coalesce(sums.points || ' points, ' || sums.lifetime || ' ever', 'no entries') as recomputed
        from points_balances balance full join sums using (tenant_id, customer_id)
      )
      select count(*) as examined, count(*) filter (where recorded <> recomputed) as wrong,
        coalesce((select json_agg(example) from (
          select tenant_id as "tenantId", customer_id as subject, recorded, recomputed
          from judged where recorded <> recomputed limit ${examplesMax}) example), '[]') as examples
      from judged`,
    ),
});

type Row = AuditResult;

const audit = async (query: () => Promise<readonly Row[]>): Promise<AuditResult> => {
  const [row] = await withPostgres(query);
  return row ?? { examined: 0, wrong: 0, examples: [] };
};
