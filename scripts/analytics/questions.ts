import { literal } from '#shared/stores/analytics/change-source.ts';

/**
 * Which incentives a question is about; `hot`: how many qualifications in ten minutes make a
 * campaign hot, like HOT_THRESHOLD of update-sketch for hits.
 */
export type Scope = Readonly<{ tenant?: string; from?: string; to?: string; hot?: number }>;

/** HOT_THRESHOLD unless the manifest sets another. */
const defaultHot = 5_000;

/** A question and the query that answers it, over the view `incentives`. */
export type Question = Readonly<{ title: string; sql: string }>;

/** A reversal that came first leaves a row that was never issued. */
const wasIssued = "status <> 'REFUSED' and refused_by is null";

const where = ({ tenant, from, to }: Scope, ...also: readonly string[]): string => {
  const conditions = [
    ...also,
    ...(tenant === undefined ? [] : [`tenant_id = ${literal(tenant)}`]),
    ...(from === undefined ? [] : [`day >= ${literal(from)}::date`]),
    ...(to === undefined ? [] : [`day <= ${literal(to)}::date`]),
  ];
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
};

/** The most frequent questions, about incentives by local days of their tenants. */
export const questionsOf = (scope: Scope): readonly Question[] => [
  {
    title: 'Spend by campaign and day: points, minor units of a currency, or coupons',
    sql: `
      select tenant_id as tenant, campaign_id as campaign, day, coalesce(reward_currency, type) as unit,
        count(*) as incentives, sum(reward_amount) as issued,
        coalesce(sum(reward_amount) filter (status = 'REVERSED'), 0) as reversed,
        coalesce(sum(reward_amount) filter (status = 'EXPIRED'), 0) as expired,
        coalesce(sum(reward_amount) filter (status = 'ISSUED'), 0) as spent
      from incentives ${where(scope, wasIssued)} group by all order by all`,
  },
  {
    title: 'Outcomes by campaign and day',
    sql: `
      select tenant_id as tenant, campaign_id as campaign, day,
        count(*) filter (${wasIssued}) as issued,
        count(*) filter (status = 'REFUSED') as refused,
        count(*) filter (status = 'REVERSED' and ${wasIssued}) as reversed,
        count(*) filter (status = 'EXPIRED') as expired
      from incentives ${where(scope)} group by all order by all`,
  },
  {
    title: 'Milliseconds from the qualifying event to the incentive, by day',
    sql: `
      select day, count(*) as incentives, ${[0.5, 0.95, 0.99].map(percentile).join(', ')}
      from incentives ${where(scope, wasIssued)} group by day order by day`,
  },
  hotRatio(scope),
];

/** Like `campaign_hot_ratio`, by qualifications instead of hits, which are in no file. */
const hotRatio = (scope: Scope): Question => {
  const { hot = defaultHot } = scope;
  const isHot = `qualified >= ${hot}`;
  return {
    title: `Hot ratio by day: qualifications of campaigns with ${hot} or more in ten minutes`,
    sql: `
      with windows as (
        select tenant_id, day, campaign_id, epoch_us(qualified_at) // 600000000 as window_no, count(*) as qualified
        from incentives ${where(scope)} group by all)
      select tenant_id as tenant, day, sum(qualified) as qualified,
        coalesce(sum(qualified) filter (${isHot}), 0) as hot,
        round(100 * coalesce(sum(qualified) filter (${isHot}), 0) / sum(qualified), 1) as hot_percent,
        count(distinct campaign_id) as campaigns, count(distinct campaign_id) filter (${isHot}) as hot_campaigns
      from windows group by tenant_id, day order by all`,
  };
};

const percentile = (share: number): string =>
  `round(quantile_cont(epoch_us(issued_at) - epoch_us(qualified_at), ${share}) / 1000) as p${share * 100}`;
