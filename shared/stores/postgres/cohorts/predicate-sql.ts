import type { Fragment } from 'postgres';
import type {
  CohortCondition,
  CohortMeasure,
  CohortPredicate,
} from '#shared/domain/cohorts/cohort-predicate.ts';
import { dayMs } from '#shared/domain/time/local-time.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

/** Whose users are considered, and when time windows end. */
export type PredicateScope = Readonly<{ tenantId: string; asOf: Date }>;

/**
 * A predicate as a condition on `person.user_id`. Whatever a tenant wrote is a parameter of it and
 * never its text.
 */
export const predicateSql = (
  sql: Sql | Transaction,
  predicate: CohortPredicate,
  scope: PredicateScope,
): Fragment => {
  if ('of' in predicate) return conditionSql(sql, predicate, scope);
  if ('not' in predicate) return sql`(not ${predicateSql(sql, predicate.not, scope)})`;
  const isAll = 'all' in predicate;
  const parts = (isAll ? predicate.all : predicate.any).map((part) =>
    predicateSql(sql, part, scope),
  );
  const joined = parts.map((part, index) => {
    if (index === 0) return part;
    return isAll ? sql` and ${part}` : sql` or ${part}`;
  });
  return sql`(${joined})`;
};

const conditionSql = (
  sql: Sql | Transaction,
  condition: CohortCondition,
  scope: PredicateScope,
): Fragment => {
  if (condition.of === 'tier') {
    return sql`exists (
      select from earning_accounts own
      where own.tenant_id = ${scope.tenantId} and own.customer_id = person.user_id
        and own.program = ${condition.program} and own.tier = any(${[...condition.in]}::text[]))`;
  }
  const { atLeast = null, atMost = null } = condition;
  const value = measureSql(sql, condition, scope);
  if (atMost === null) return sql`(${value} >= ${atLeast}::numeric)`;
  if (atLeast === null) return sql`(${value} <= ${atMost}::numeric)`;
  return sql`(${value} between ${atLeast}::numeric and ${atMost}::numeric)`;
};

/** A late event arrives after it happened, and none arrives much before: its partition is newer. */
const earlyMsMax = 3_600_000;

const daysBefore = (asOf: Date, days: number, moreMs = 0): Date =>
  new Date(asOf.getTime() - days * dayMs - moreMs);

const measureSql = (
  sql: Sql | Transaction,
  measure: CohortMeasure,
  scope: PredicateScope,
): Fragment => {
  const { tenantId, asOf } = scope;
  switch (measure.of) {
    case 'events':
      return eventsSql(sql, measure, scope);
    case 'incentives':
      return incentivesSql(sql, measure, scope);
    case 'points':
    case 'lifetime-points':
      return sql`coalesce((
        select ${measure.of === 'points' ? sql`points` : sql`lifetime`} from points_balances balance
        where balance.tenant_id = ${tenantId} and balance.customer_id = person.user_id
          and balance.program = ${measure.program}), 0)`;
    case 'days-known':
      return sql`coalesce((
        select floor(extract(epoch from ${asOf}::timestamptz - created_at) / 86400) from users
        where users.tenant_id = ${tenantId} and users.user_id = person.user_id), 0)`;
  }
};

const eventsSql = (
  sql: Sql | Transaction,
  { action, withinDays, sumOf }: Extract<CohortMeasure, { of: 'events' }>,
  { tenantId, asOf }: PredicateScope,
): Fragment => {
  const number =
    sumOf === undefined
      ? sql`count(*)`
      : sql`coalesce(sum((payload ->> ${sumOf}::text)::numeric) filter (where jsonb_typeof(payload -> ${sumOf}::text) = 'number'), 0)`;
  return sql`(
    select ${number} from events event
    where event.tenant_id = ${tenantId} and event.user_id = person.user_id and event.action_code = ${action}
      and event.event_ts > ${daysBefore(asOf, withinDays)} and event.event_ts <= ${asOf}
      and event.received_at > ${daysBefore(asOf, withinDays, earlyMsMax)} and event.reversed_at is null)`;
};

const incentivesSql = (
  sql: Sql | Transaction,
  { withinDays, campaignId }: Extract<CohortMeasure, { of: 'incentives' }>,
  { tenantId, asOf }: PredicateScope,
): Fragment => sql`(
  select count(*) from incentives incentive
  where incentive.tenant_id = ${tenantId} and incentive.user_id = person.user_id
    and incentive.issued_at > ${daysBefore(asOf, withinDays)} and incentive.issued_at <= ${asOf}
    and incentive.status in ('ISSUED', 'EXPIRED')
    ${campaignId === undefined ? sql`` : sql`and incentive.campaign_id = ${campaignId}`})`;

/** The users of a tenant, with actions or points, after one in the order of their ids. */
export const peopleSql = (
  sql: Sql | Transaction,
  { tenantId, after, limit }: Readonly<{ tenantId: string; after: string; limit: number }>,
): Fragment => sql`
  select user_id from (
    (select user_id from users where tenant_id = ${tenantId} and user_id > ${after} order by user_id limit ${limit})
    union
    (select distinct customer_id from points_balances
     where tenant_id = ${tenantId} and customer_id > ${after} order by customer_id limit ${limit})) known
  order by user_id limit ${limit}`;
