import type { Fragment } from 'postgres';
import type { Transaction } from '../driver/connect.ts';

/**
 * What incentives that count were given for, once for each of the four subjects and each measure: `count`, and the unit of an amount.
 * Rows of tenant_id, scope, subject, campaign_id where the subject is of one, day, measure, given and issued_at.
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
