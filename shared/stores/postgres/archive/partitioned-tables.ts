import type { Fragment } from 'postgres';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { carryBack, carryForward, lockOpenings } from './carry-ledger.ts';
import { moveBorders } from './move-borders.ts';
import type { Partition } from './partition.ts';

/** A table that is partitioned by month, and how its months are archived. */
export type PartitionedTable = Readonly<{
  name: string;
  /**
   * How long records are kept after the month in which they were recorded, unless the tenant's row
   * in `retention` overrides it; null: forever.
   */
  months: number | null;
  /**
   * Columns by which the records of a tenant are ordered in files; with the tenant they are unique.
   */
  order: readonly string[];
  /**
   * Selects a row if the partition is still needed although its records are past their retention.
   */
  neededBy?: (sql: Sql | Transaction, partition: string) => Fragment;
  /** Whether months are archived in order only: one that is kept keeps all later ones. */
  isInOrder?: boolean;
  /**
   * Prepares a partition to be detached, in any number of transactions; false when the time
   * `isOver` first.
   */
  prepare?: (sql: Sql, partition: Partition, isOver: () => boolean) => Promise<boolean>;
  /** Records what has to be kept of a partition, in the transaction that detaches it. */
  carryForward?: (tx: Transaction, partition: Partition) => Promise<void>;
  /** Locks what is kept of archived records, before anything else of a partition is restored. */
  lockCarried?: (tx: Transaction) => Promise<unknown>;
  /** Removes what was kept of a tenant's records that are back in their partition. */
  carryBack?: (tx: Transaction, partition: Partition, tenantId: string) => Promise<void>;
}>;

/**
 * The tables that archive-records archives. docs/decisions/0034-archiving.md explains how long each
 * is kept.
 */
export const partitionedTables: readonly PartitionedTable[] = [
  { name: 'events', months: defaultRetention.events, order: ['event_id'] },
  {
    name: 'user_aggregations',
    months: defaultRetention.questSteps,
    order: ['campaign_id', 'user_id', 'rule_key', 'completed_at', 'event_id', 'step'],
    // A late event or a reversal counts the steps of its quest again. Events older than 13 months
    // are not reversed, and their campaigns accept no late ones.
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
    months: defaultRetention.ledger,
    order: ['entry_no'],
    isInOrder: true,
    // Rows that are neither sealed nor audited could not be afterwards.
    neededBy: (sql, partition) => sql`
      select from ${sql(partition)} entry
      left join (tenants cross join lateral (
        select to_transaction, to_entry from ledger_seals seal
        where seal.tenant_id = tenants.tenant_id order by seal_no desc limit 1) sealed) using (tenant_id)
      where entry_no > (select least(audited_entry, summed_entry) from audit_position, ledger_position)
        or sealed.to_entry is null
        or (entry.transaction_id, entry.entry_no) > (sealed.to_transaction, sealed.to_entry)`,
    prepare: moveBorders,
    carryForward,
    lockCarried: lockOpenings,
    carryBack,
  },
];
