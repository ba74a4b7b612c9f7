import { incentiveStatuses } from '#shared/domain/incentives/incentive.ts';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { Transaction } from '../driver/connect.ts';
import type { MovedTable } from './moved-table.ts';

/**
 * Incentives with their events and the completions of quests that earned them. Their ids and their
 * usage are kept.
 */
export const movedIncentives: MovedTable = {
  name: 'incentives',
  months: defaultRetention.incentives,
  order: ['incentive_id'],
  at: 'issued_at',
  id: 'incentive_id',
  lanes: (sql) => incentiveStatuses.map((status) => sql`status = ${status}`),
  isFinal: (sql) => sql`
    (status <> 'ISSUED' or expires_at is null) and not exists (
      select from unpublished_incentive_events unpublished
      where unpublished.incentive_id = record.incentive_id)`,
  jsonColumns: ['log', 'quest'],

  move: (tx, { ids, month }) => tx`
    with log as (
      delete from incentive_event_log where incentive_id = any(${ids}::uuid[]) returning *
    ), quest as (
      delete from quest_completions where incentive_id = any(${ids}::uuid[]) returning *
    ), moved as (
      delete from incentives where incentive_id = any(${ids}::uuid[]) returning *
    ), known as (
      insert into archived_incentives (incentive_id, tenant_id, status, issued_at)
      select incentive_id, tenant_id, status, issued_at from moved
    ), used as (${addArchivedUsage(tx, 1)})
    insert into ${tx(month)}
    select moved.*, (select jsonb_agg(log order by event) from log where log.incentive_id = moved.incentive_id),
      (select to_jsonb(quest) from quest where quest.incentive_id = moved.incentive_id)
    from moved`,

  moveBack: (tx, month) => tx`
    with moved as (
      insert into incentives
      select (jsonb_populate_record(null::incentives, to_jsonb(record) - 'log' - 'quest')).* from ${tx(month)} record
      returning *
    ), log as (
      insert into incentive_event_log (tenant_id, incentive_id, user_id, event, recorded_at, log_no)
      select entry.tenant_id, entry.incentive_id, entry.user_id, event, recorded_at, coalesce(log_no, 0)
      from ${tx(month)} record, jsonb_populate_recordset(null::incentive_event_log,
        case jsonb_typeof(record.log) when 'array' then record.log else '[]' end) entry
    ), quest as (
      insert into quest_completions
      select (jsonb_populate_record(null::quest_completions, record.quest)).* from ${tx(month)} record
      where jsonb_typeof(record.quest) = 'object'
    ), used as (${addArchivedUsage(tx, -1)})
    delete from archived_incentives known using moved where known.incentive_id = moved.incentive_id`,
};

/** Adds what `moved` incentives count for to archived usage, or subtracts it. */
const addArchivedUsage = (tx: Transaction, sign: 1 | -1) => tx`
  insert into archived_usage as known (tenant_id, subject, unit, count, amount, last_day)
  select tenant_id, subject, coalesce(reward_currency, ''), ${sign} * count(*),
    ${sign} * coalesce(sum(reward_amount) filter (where reward_currency is not null), 0), max(day)
  from moved cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
    ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
  where status in ('ISSUED', 'EXPIRED')
  group by 1, 2, 3
  on conflict (tenant_id, subject, unit) do update set count = known.count + excluded.count,
    amount = known.amount + excluded.amount, last_day = greatest(known.last_day, excluded.last_day)`;
