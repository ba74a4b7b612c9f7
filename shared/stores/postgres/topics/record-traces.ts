import type { Fragment } from 'postgres';
import { inboxDays } from '#shared/domain/inbox/inbox-message.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** A row that a record leaves behind when a function handles it. */
type Trace = Readonly<{
  in:
    | 'orders'
    | 'refunds'
    | 'order-progress'
    | 'actions'
    | 'reversed-actions'
    | 'early-reversals'
    | 'incentives'
    | 'ended-incentives'
    | 'inboxes';
  tenantId: string;
  id: string;
  /**
   * What happened to an order, for its progress; id and event time of a message, whose inbox has
   * the id of its user.
   */
  detail?: string | undefined;
}>;

/** What a record should have left: of each inner list at least one row. */
export type RecordTraces = readonly (readonly Trace[])[];

export type TraceFinder = Readonly<{
  /**
   * Which of these records left what they should have. One query for each kind of row, by its key.
   */
  find: (records: readonly RecordTraces[]) => Promise<readonly boolean[]>;
}>;

/** Looks up what records left behind. */
export const recordTraces = (sql: Sql): TraceFinder => ({
  find: (records) =>
    withPostgres(async () => {
      const found = new Set<Trace>();
      for (const [table, traces] of Map.groupBy(records.flat(2), (trace) => trace.in))
        for (const trace of await existing(sql, table, traces)) found.add(trace);
      return records.map((groups) =>
        groups.every((group) => group.some((trace) => found.has(trace))),
      );
    }),
});

/**
 * A lateral query with a limit, so that each row is looked up by its key whatever the statistics.
 */
const existing = async (
  sql: Sql,
  table: Trace['in'],
  traces: readonly Trace[],
): Promise<readonly Trace[]> => {
  const wanted = traces.map((trace, place) => ({ ...trace, place }));
  const rows = await sql<{ place: number }[]>`
    select place
    from ${rowsOf(sql, { wanted }, { tenantId: 'text', id: 'text', detail: 'text', place: 'integer' })}
    cross join lateral (${rowsIn[table](sql)} limit 1) found`;
  return rows.flatMap(({ place }) => traces[place] ?? []);
};

/** Selects the row of a wanted one. */
const rowsIn: Readonly<Record<Trace['in'], (sql: Sql) => Fragment>> = {
  orders: (sql) => sql`
    select from programs join ledger_keys on key = ledger_key(tenant_id, program, 'EARN', wanted.id)
    where tenant_id = wanted.tenant_id`,
  refunds: (sql) => sql`
    select from refunds where tenant_id = wanted.tenant_id and refund_id = wanted.id
    union all
    select from programs join ledger_keys on key = ledger_key(tenant_id, program, 'REVERSE', wanted.id)
    where tenant_id = wanted.tenant_id`,
  'order-progress': (sql) => sql`
    select from order_progress
    where tenant_id = wanted.tenant_id and order_id = wanted.id and progress = wanted.detail`,
  actions: (sql) => sql`
    select from event_keys where tenant_id = wanted.tenant_id and event_id = wanted.id`,
  'reversed-actions': (sql) => sql`
    select from event_keys known join events using (tenant_id, event_id, received_at)
    where known.tenant_id = wanted.tenant_id and known.event_id = wanted.id and reversed_at is not null`,
  'early-reversals': (sql) => sql`
    select from early_reversals where tenant_id = wanted.tenant_id and event_id = wanted.id`,
  incentives: (sql) => sql`
    select from incentives where incentive_id = wanted.id::uuid and tenant_id = wanted.tenant_id
    union all
    select from archived_incentives where incentive_id = wanted.id::uuid and tenant_id = wanted.tenant_id`,
  'ended-incentives': (sql) => sql`
    select from incentives
    where incentive_id = wanted.id::uuid and tenant_id = wanted.tenant_id and status <> 'ISSUED'
    union all
    select from archived_incentives
    where incentive_id = wanted.id::uuid and tenant_id = wanted.tenant_id and status <> 'ISSUED'`,
  // A message about something so long ago is not appended, or was removed.
  inboxes: (sql) => sql`
    select where split_part(wanted.detail, ' ', 2)::timestamptz < now() - ${inboxDays - 1} * interval '1 day'
    union all
    select from inbox_messages
    where tenant_id = wanted.tenant_id and user_id = wanted.id
      and message_id = split_part(wanted.detail, ' ', 1)::uuid`,
};
