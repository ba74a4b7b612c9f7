import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { type Campaign, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { cohortsAt, type Membership } from '#shared/domain/earning/program.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { RecordedAction } from './backtest.ts';

/** From the first instant until just before the second, in event time. */
export type Period = Readonly<{ from: Date; to: Date }>;

type Row = ActionEvent & Readonly<{ receivedAt: Date }>;

const rowsAtOnce = 1_000;

/**
 * Reads the actions of a period that campaigns of a tenant use, in event order; reversed ones are
 * omitted.
 * @throws Error that names the file to restore when some of the period are archived
 */
export async function* readActions(
  sql: Sql,
  { tenantId, campaigns }: Readonly<{ tenantId: string; campaigns: readonly Campaign[] }>,
  { from, to }: Period,
): AsyncGenerator<RecordedAction> {
  await refuseArchived(sql, tenantId, { from, to });
  const cohorts = campaigns.flatMap(({ terms }) => terms.cohort ?? []);
  const memberships = await readMembers(sql, tenantId, cohorts);
  const wanted = campaigns.flatMap(({ terms }) => stepsOf(terms).map(({ action }) => action));
  const rows = sql<Row[]>`
    select tenant_id, event_id, user_id, action_code as action, event_ts as occurred_at, payload,
      schema_version, cause, received_at
    from events
    where tenant_id = ${tenantId} and event_ts >= ${from} and event_ts < ${to} and reversed_at is null
      and action_code = any(${wanted})
    order by event_ts, event_id`.cursor(rowsAtOnce);
  for await (const batch of rows) {
    for (const { receivedAt, ...event } of batch) {
      const own = new Set(cohortsAt(memberships.get(event.userId) ?? [], event.occurredAt));
      yield { event, receivedAt, cohorts: own };
    }
  }
}

const refuseArchived = async (sql: Sql, tenantId: string, { from, to }: Period): Promise<void> => {
  const [archived] = await sql<{ file: string }[]>`
    select file from archive_files join archived_partitions using (partition)
    where table_name in ('events', 'incentives') and tenant_id = ${tenantId} and starts_at < ${to} and ends_at > ${from}
    order by ends_at, file limit 1`;
  if (archived !== undefined)
    throw new Error(
      `Actions or incentives of the period are archived: restore them with npm run archive -- restore ${archived.file}`,
    );
};

const readMembers = async (
  sql: Sql,
  tenantId: string,
  cohorts: readonly string[],
): Promise<ReadonlyMap<string, readonly Membership[]>> => {
  if (cohorts.length === 0) return new Map();
  const rows = await sql<(Omit<Membership, 'until'> & { userId: string; until: Date | null })[]>`
    select customer_id as user_id, cohort, since, nullif(until, 'infinity') as until
    from cohort_members where tenant_id = ${tenantId} and cohort = any(${cohorts})`;
  const periods = rows.map(({ until, ...row }) => ({ ...row, until: until ?? undefined }));
  return Map.groupBy(periods, ({ userId }) => userId);
};

/**
 * Reads what other campaigns gave to the users of qualifications and in total, as far as caps need
 * it. Archived incentives count on the last day that has some.
 */
export const readGiven = async (
  sql: Sql,
  { tenantId, campaigns }: Readonly<{ tenantId: string; campaigns: readonly Campaign[] }>,
  qualifications: readonly Qualification[],
): Promise<ReadonlyMap<string, Usage>> => {
  const users = [...new Set(qualifications.map(({ userId }) => userId))];
  const campaignIds = campaigns.map(({ campaignId }) => campaignId);
  const rows = await sql<{ subject: string; usage: Usage }[]>`
    with given as (
      select subject, day::text as day, unit, sum(count)::bigint as count, sum(amount)::bigint as amount
      from (
        select subject, day, reward_currency as unit, 1 as count, reward_amount as amount
        from incentives cross join lateral (values ('tenant'), ('user:' || user_id)) own (subject)
        where tenant_id = ${tenantId} and status in ('ISSUED', 'EXPIRED')
          and campaign_id <> all(${campaignIds}::uuid[]) and (subject = 'tenant' or user_id = any(${users}))
        union all
        select case when subject like '%user:%' then substring(subject from 'user:.*') else 'tenant' end, last_day,
          nullif(unit, ''), sign * count, sign * amount
        from archived_usage
        cross join lateral (select case when subject like 'campaign:%' then -1 else 1 end as sign) of_campaign
        where tenant_id = ${tenantId} and subject = any(${archivedSubjects(campaignIds, users)}::text[])
      ) one group by subject, day, unit
    ), tally as (
      select subject, day, sum(count) as count,
        coalesce(jsonb_object_agg(unit, amount) filter (where unit is not null), '{}') as amounts
      from given group by subject, day
    ), total as (
      select subject, sum(count) as count, coalesce(jsonb_object_agg(unit, amount) filter (where unit is not null), '{}') as amounts
      from (select subject, unit, sum(count) as count, sum(amount) as amount from given group by subject, unit) by_unit
      group by subject
    )
    select subject, jsonb_build_object('version', 0,
      'total', (select jsonb_build_object('count', count, 'amounts', amounts) from total where total.subject = tally.subject),
      'days', jsonb_object_agg(day, jsonb_build_object('count', count, 'amounts', amounts))) as usage
    from tally group by subject`;
  return new Map(rows.map(({ subject, usage }) => [subject, usage]));
};

/**
 * The subjects of all archived incentives of users, and those of campaigns that are subtracted from
 * them.
 */
const archivedSubjects = (campaignIds: readonly string[], users: readonly string[]): string[] => [
  ...['tenant', ...users.map((user) => `user:${user}`)],
  ...campaignIds.flatMap((id) => [
    `campaign:${id}`,
    ...users.map((user) => `campaign:${id}:user:${user}`),
  ]),
];

/** Another campaign with the winners that it rewarded too. */
export type Overlap = Readonly<{
  campaignId: string;
  name: string;
  winners: number;
  actions: number;
}>;

/**
 * Reads which other campaigns rewarded the winners of a backtest in its period: how many of them,
 * and how often for the same action.
 */
export const readOverlap = async (
  sql: Sql,
  { tenantId, campaignId }: Pick<Campaign, 'tenantId' | 'campaignId'>,
  { winners, ...period }: Period & Readonly<{ winners: readonly Qualification[] }>,
): Promise<readonly Overlap[]> =>
  await sql<Overlap[]>`
    select campaign_id, campaigns.name,
      count(distinct user_id)::int as winners, count(distinct event_id) filter (where same)::int as actions
    from (
      select *, event_id = any(${winners.map(({ eventId }) => eventId)}) as same from incentives
      where tenant_id = ${tenantId} and status in ('ISSUED', 'EXPIRED') and campaign_id <> ${campaignId}
        and qualified_at >= ${period.from} and qualified_at < ${period.to}
        and user_id = any(${winners.map(({ userId }) => userId)})
    ) given join campaigns using (tenant_id, campaign_id)
    group by campaign_id, campaigns.name order by winners desc, campaign_id`;
