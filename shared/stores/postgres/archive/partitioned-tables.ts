import type { Fragment } from 'postgres';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { Sql } from '../driver/connect.ts';

/** A table that is partitioned by month, and how its months are archived. */
export type PartitionedTable = Readonly<{
  name: string;
  /**
   * How long records stay after the month in which they were recorded, unless the tenant's row in
   * `retention` says otherwise; null: for ever.
   */
  months: number | null;
  /**
   * Columns by which the records of a tenant are ordered in files; with the tenant they are unique.
   */
  order: readonly string[];
  /**
   * Selects something where the partition is still needed, although the time of its records is
   * over.
   */
  neededBy?: (sql: Sql, partition: string) => Fragment;
}>;

/**
 * The tables that archive-records looks after. docs/decisions/0034-archiving.md says why each is
 * kept for so long.
 */
export const partitionedTables: readonly PartitionedTable[] = [
  { name: 'events', months: defaultRetention.events, order: ['event_id'] },
  {
    name: 'user_aggregations',
    months: defaultRetention.questSteps,
    order: ['campaign_id', 'user_id', 'rule_key', 'completed_at', 'event_id', 'step'],
    // A late event or a reversal counts the steps of its quest again. Events older than 13 months
    // are not reversed, and their campaigns take no late ones.
    neededBy: (sql, partition) => sql`
      select from campaigns where end_at > now() - interval '13 months' and type = 'QUEST' and exists (
        select from ${sql(partition)} step
        where step.tenant_id = campaigns.tenant_id and step.campaign_id = campaigns.campaign_id)`,
  },
  {
    name: 'order_progress',
    months: defaultRetention.orderProgress,
    order: ['order_id', 'progress', 'recorded_at'],
  },
  { name: 'audit_log', months: defaultRetention.changeLog, order: ['audit_no'] },
  {
    name: 'points_ledger',
    months: null,
    order: ['entry_no'],
    // Refunds, statements and audits read the whole ledger.
    neededBy: (sql) => sql`select`,
  },
];
