import { isDeepStrictEqual } from 'node:util';
import {
  addSignal,
  type CohortSignal,
  type MemberPeriod,
  type MemberTimeline,
  periodsOf,
} from '#shared/domain/cohorts/member-timeline.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { isErased } from '../privacy/erased-persons.ts';

/** Names a user in a real-time cohort. */
export type RealTimeMember = Readonly<{ tenantId: string; cohort: string; customerId: string }>;

/** A signal with its user and cohort. */
export type MemberSignal = RealTimeMember & Readonly<{ cohortId: string; signal: CohortSignal }>;

/** The outcome of a signal; `late`: it arrived after too many later ones of its user. */
type SignalResult<DomainEvent> = Readonly<
  { kind: 'changed'; domainEvent: DomainEvent } | { kind: 'unchanged' | 'late' }
>;

export type RealTimeMembers = Readonly<{
  /**
   * Records signals, all or none, with the event of each that changed its user's periods in the
   * outbox, and returns their results in order. Repeating changes nothing, and the periods in the
   * end are the same for any order. Nothing is recorded of users who are erased.
   * @throws Unavailable when Postgres is not there.
   */
  record: <DomainEvent extends OutboxEvent>(
    signals: readonly MemberSignal[],
    domainEventOf: (signal: MemberSignal, last: MemberPeriod | undefined) => DomainEvent,
  ) => Promise<readonly SignalResult<DomainEvent>[]>;
}>;

/** Members that come and go by their actions. */
export const realTimeMembers = (sql: Sql): RealTimeMembers => ({
  record: (signals, domainEventOf) =>
    inTransaction(sql, async (tx) => {
      const before = await lockTimelines(tx, signals);
      const after = new Map(before);
      const results = signals.map((signal) => {
        const timeline = after.get(keyOf(signal));
        // An erased user has none.
        if (timeline === undefined) return { kind: 'unchanged' as const };
        const next = addSignal(timeline, signal.signal);
        if (next === 'late') return { kind: 'late' as const };
        after.set(keyOf(signal), next);
        const periods = periodsOf(next.signals);
        return isDeepStrictEqual(periods, periodsOf(timeline.signals))
          ? { kind: 'unchanged' as const }
          : { kind: 'changed' as const, domainEvent: domainEventOf(signal, periods.at(-1)) };
      });
      const members = new Map(signals.map((signal) => [keyOf(signal), signal]));
      const changed = [...members].flatMap(([key, member]) => {
        const timeline = after.get(key);
        return timeline === undefined || timeline === before.get(key)
          ? []
          : [{ ...member, timeline }];
      });
      await writeTimelines(tx, changed);
      await addToOutbox(
        tx,
        results.flatMap((result) => (result.kind === 'changed' ? [result.domainEvent] : [])),
      );
      return results;
    }),
});

const keyOf = ({ tenantId, cohort, customerId }: RealTimeMember): string =>
  JSON.stringify([tenantId, cohort, customerId]);

type Row = RealTimeMember & MemberTimeline;

/**
 * Locks the timelines of users, and creates those that there are none of, except of users who are
 * erased, in the order of their keys: two batches that overlap wait for each other but never in a
 * circle.
 */
const lockTimelines = async (
  tx: Transaction,
  signals: readonly MemberSignal[],
): Promise<ReadonlyMap<string, MemberTimeline>> => {
  const members = () =>
    rowsOf(tx, { member: signals }, { tenantId: 'text', customerId: 'text', cohort: 'text' });
  await tx`
    insert into real_time_members (tenant_id, customer_id, cohort, periods, signals)
    select distinct tenant_id, customer_id, cohort, '{}'::tstzmultirange, '[]'::jsonb from ${members()}
    where not ${isErased(tx, { tenant: tx`member.tenant_id`, person: tx`member.customer_id` })}
    order by tenant_id, customer_id, cohort on conflict do nothing`;
  const rows = await tx<Row[]>`
    select tenant_id, customer_id, cohort, horizon, signals from real_time_members
    where (tenant_id, customer_id, cohort) in (select tenant_id, customer_id, cohort from ${members()})
    order by tenant_id, customer_id, cohort for update`;
  return new Map(rows.map((row) => [keyOf(row), row]));
};

type Changed = RealTimeMember & Readonly<{ timeline: MemberTimeline }>;

const writeTimelines = async (tx: Transaction, changed: readonly Changed[]): Promise<void> => {
  if (changed.length === 0) return;
  const rows = changed.map(({ timeline: { horizon, signals }, ...member }) => ({
    ...{ ...member, horizon, signals },
    periods: multirangeOf(periodsOf(signals)),
  }));
  await tx`
    update real_time_members member
    set periods = changed.periods::tstzmultirange, horizon = changed.horizon, signals = changed.signals
    from ${rowsOf(tx, { changed: rows }, { tenantId: 'text', customerId: 'text', cohort: 'text', periods: 'text', horizon: 'bigint', signals: 'jsonb' })}
    where member.tenant_id = changed.tenant_id and member.customer_id = changed.customer_id and member.cohort = changed.cohort`;
};

/** Periods as the text of a multirange. */
const multirangeOf = (periods: readonly MemberPeriod[]): string => {
  const textOf = (ms: number) => new Date(ms).toISOString();
  const ranges = periods.map(
    ({ since, until }) => `[${textOf(since)},${until === null ? '' : textOf(until)})`,
  );
  return `{${ranges.join(',')}}`;
};
