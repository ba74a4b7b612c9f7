import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../../driver/connect.ts';
import { beginTransaction, inTransaction, withPostgres } from '../../driver/transaction.ts';
import { type Found, keepFindings } from '../audit-findings.ts';
import { newestNumber, writersOf } from '../sum-wallets.ts';
import type { EventRange } from './incentive-scope.ts';
import {
  addToSums,
  beginSums,
  clearSumsDue,
  sumsDue,
  type UsageRow,
  usageChangesIn,
} from './usage-sums.ts';

/**
 * Where the audit of incentives continues. What a part found is kept in the same transaction as the
 * position after it. Every method throws Unavailable when Postgres is unavailable.
 */
export type IncentivePosition = Readonly<{
  /** Whether all incentives are to be audited: on request, and every 28 days. */
  isWholeDue: () => Promise<boolean>;
  /** The sums begin again with usage as it is now. */
  saveWhole: (found: Found, beganAt: Date) => Promise<void>;
  /** The next settled events; undefined when all of them were audited. */
  nextEvents: (eventsMax: number) => Promise<EventRange | undefined>;
  /** Adds the events to the sums, too. */
  saveEvents: (range: EventRange, found: Found) => Promise<void>;
  /** Rows of the sums that were not compared since they changed, in key order after one. */
  usageDue: (after: UsageRow, rowsMax: number) => Promise<readonly UsageRow[]>;
  saveUsage: (rows: readonly UsageRow[], found: Found) => Promise<void>;
}>;

/** Checks whose findings leave with the next audit of all incentives that does not find them. */
export const incentiveChecks = ['rewards', 'usage', 'caps', 'coupons', 'incentiveLog'] as const;

/** Days from one audit of all incentives to the next. */
const wholeEveryDays = 28;

/** Stores where the audit of incentives continues, so that a restart of a pod does not lose it. */
export const incentivePosition = (sql: Sql): IncentivePosition => ({
  isWholeDue: () =>
    withPostgres(async () => {
      const due = await sql`
        select from audit_position
        where incentives_on is null or incentives_on <= ${today(sql)} - ${wholeEveryDays}::integer`;
      return due.count > 0;
    }),

  saveWhole: async (found, beganAt) => {
    await settleEvents(sql);
    await withPostgres(() =>
      beginTransaction(
        sql,
        async (tx) => {
          await keepFindings(tx, found);
          await tx`
            delete from audit_findings
            where check_name = any(${[...incentiveChecks]}::text[]) and found_at < ${beganAt}`;
          await beginSums(tx);
          await tx`update audit_position set incentives_on = ${today(tx)}, audited_log = settled_log`;
        },
        'isolation level repeatable read',
      ),
    );
  },

  nextEvents: async (eventsMax) => {
    await settleEvents(sql);
    const [range] = await withPostgres(
      async () => sql<EventRange[]>`
        select audited_log as after, least(audited_log + ${eventsMax}, settled_log) as until
        from audit_position where audited_log < settled_log`,
    );
    return range;
  },

  saveEvents: ({ after, until }, found) =>
    inTransaction(sql, async (tx) => {
      await keepFindings(tx, found);
      await addToSums(tx, usageChangesIn(tx, { after: tx`${after}`, until: tx`${until}` }));
      await tx`update audit_position set audited_log = ${until}`;
    }),

  usageDue: (after, rowsMax) => withPostgres(() => sumsDue(sql, after, rowsMax)),

  saveUsage: (rows, found) =>
    inTransaction(sql, async (tx) => {
      await keepFindings(tx, found);
      await clearSumsDue(tx, rows);
    }),
});

/**
 * As entries of the ledger settle (sumWallets): an event is settled when no transaction can add
 * one before it any more. The newest event is read before the writers.
 */
export const settleEvents = (sql: Sql): Promise<void> =>
  withPostgres(async () => {
    const [newest] = await sql<[{ logNo: number }]>`
      select ${newestNumber(sql, 'incentive_event_log', 'log_no')} as log_no`;
    await sql`
      with now as (select ${writersOf(sql, 'incentive_event_log')} as writers)
      update audit_position set
        settled_log = case writers when '{}' then ${newest.logNo} else coalesce(unsettled_log, settled_log) end,
        unsettled_log = ${newest.logNo}, unsettled_log_writers = writers
      from now where writers = '{}' or unsettled_log_writers is null or not unsettled_log_writers && writers`;
  });

/** The date in UTC: the audit counts days by it. */
export const today = (sql: Sql | Transaction): Fragment => sql`(now() at time zone 'UTC')::date`;
