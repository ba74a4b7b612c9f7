import {
  defaultRetention,
  type Retention,
  type RetentionKind,
  retentionKinds,
} from '#shared/domain/time/retention.ts';
import type { Transaction } from '../driver/connect.ts';

/** Terms that differ from the defaults. */
export type OwnRetention = Readonly<Partial<Record<RetentionKind, number | null | undefined>>>;

/** The table whose rows in `retention` are about a kind of record. */
const tableOf: Readonly<Record<RetentionKind, string>> = {
  events: 'events',
  questSteps: 'user_aggregations',
  orderProgress: 'order_progress',
  changeLog: 'audit_log',
  incentives: 'incentives',
  redemptions: 'redemptions',
  refunds: 'refunds',
  ledger: 'points_ledger',
  unmatchedRecords: 'customer_records',
};

/** The complete retention of a tenant, from its rows by table. */
export const toRetention = (months: Readonly<Record<string, number | null>>): Retention =>
  Object.fromEntries(
    retentionKinds.map((kind) => {
      const own = months[tableOf[kind]];
      return [kind, own === undefined ? defaultRetention[kind] : own];
    }),
  ) as Retention;

/** Replaces the retention of a tenant; omitted kinds have the defaults again. */
export const writeRetention = async (
  tx: Transaction,
  tenantId: string,
  own: OwnRetention,
): Promise<void> => {
  const kinds = retentionKinds.filter((kind) => own[kind] !== undefined);
  await tx`
    delete from retention
    where tenant_id = ${tenantId} and table_name = any(${Object.values(tableOf)}::text[])`;
  await tx`
    insert into retention (tenant_id, table_name, months)
    select ${tenantId}, * from unnest(
      ${kinds.map((kind) => tableOf[kind])}::text[], ${kinds.map((kind) => own[kind] ?? null)}::integer[])`;
};
