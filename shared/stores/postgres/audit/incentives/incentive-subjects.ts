import type { Fragment } from 'postgres';
import type { Transaction } from '../../driver/connect.ts';

/**
 * What incentives that count were given for, once for each of the four subjects and each measure:
 * `count`, and the unit of an amount. Rows of tenant_id, scope, subject, campaign_id where the
 * subject is of one, day, measure, given and issued_at.
 */
export const countedIncentives = (tx: Transaction): Fragment => tx`
  select tenant_id, scope, subject, subject_campaign as campaign_id, day, measure, given, issued_at
  from incentives
  cross join lateral (values
    ('GLOBAL', 'tenant', null::uuid), ('USER', 'user:' || user_id, null), ('CAMPAIGN', 'campaign:' || campaign_id, campaign_id),
    ('CAMPAIGN_USER', 'campaign:' || campaign_id || ':user:' || user_id, campaign_id)
  ) as counts_for (scope, subject, subject_campaign)
  cross join lateral (values ('count', 1), (reward_currency, reward_amount)) as measured (measure, given)
  where status in ('ISSUED', 'EXPIRED') and measure is not null`;

/**
 * What archived incentives count for: rows of tenant_id, scope, subject, campaign_id where the
 * subject is of one, measure and given; none of them counts on a day after last_day.
 */
export const archivedUsage = (tx: Transaction): Fragment => tx`
  select tenant_id, subject, measure, sum(given) as given, max(last_of_subject) as last_day,
    ${scopeOfSubject(tx)}
  from (select *, max(last_day) over (partition by tenant_id, subject) as last_of_subject from archived_usage) own
  cross join lateral (values ('count', count), (nullif(unit, ''), amount)) as measured (measure, given)
  where measure is not null
  group by tenant_id, subject, measure`;

/** The columns scope and campaign_id of a subject. */
export const scopeOfSubject = (tx: Transaction): Fragment => tx`
  substring(subject from '^campaign:(.{36})')::uuid as campaign_id,
  case when subject = 'tenant' then 'GLOBAL' when subject like 'user:%' then 'USER'
    when subject like 'campaign:%:user:%' then 'CAMPAIGN_USER' else 'CAMPAIGN' end as scope`;
