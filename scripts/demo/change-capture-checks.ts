import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { IncentiveRowChanged } from '#shared/eventing/contracts/row-changes.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { type LimitCounters, limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { readTopic } from '../platform/topics/read-topic.ts';
import { eventually } from '../services/eventually.ts';
import { festivalTenant } from './campaigns/festival.ts';
import type { Check } from './verdict.ts';

type Evidence = Readonly<{ databaseUrl: string; redisUrl: string; brokers: readonly string[] }>;

/** How long Debezium and project-limits may take after the last incentive. */
const timeoutMs = 120_000;

/**
 * Follows incentives from their rows through the write-ahead log, Debezium, the topic and
 * project-limits to the counters in Redis, and compares these with Postgres.
 */
export const changeCaptureChecks = async ({
  databaseUrl,
  redisUrl,
  brokers,
}: Evidence): Promise<readonly Check[]> => {
  const sql = connectPostgres({ url: databaseUrl, max: 2 });
  const redis = connectRedis(redisUrl);
  const counters = limitCounters(redis);
  try {
    const subjects = await cappedSubjects(sql);
    const compare = () => equalCounters(sql, counters, subjects);
    await eventually(async () => (await compare()) === subjects.length, {
      timeoutMs,
      everyMs: 500,
    });
    const equal = await compare();
    const [{ rows }] = await sql<[{ rows: number }]>`select count(*) as rows from incentives`;
    const { length: captured } = await capturedIncentives(brokers);
    return [
      {
        name: 'incentives captured from the write-ahead log in db.incentives.redis',
        ok: captured === rows,
        detail: `${captured} of ${rows}`,
      },
      {
        name: 'counters of capped campaigns and their users in Redis, compared with Postgres',
        ok: equal === subjects.length && equal > 0,
        detail: `${equal} of ${subjects.length} equal`,
      },
    ];
  } finally {
    redis.disconnect();
    await sql.end();
  }
};

/** Keys of the incentives in the topic, however often each was written. */
const capturedIncentives = async (brokers: readonly string[]): Promise<readonly string[]> => {
  const records = await readTopic(brokers, IncentiveRowChanged.topic);
  return [...new Set(records.map(({ key }) => String(key)))];
};

/**
 * Subjects with usage and a cap: campaigns with an overall cap, and users of campaigns with a cap
 * per user.
 */
const cappedSubjects = async (sql: Sql): Promise<readonly string[]> => {
  const campaigns = await sql<{ campaignId: string; limits: CampaignTerms['limits'] | null }[]>`
    select campaign_id, rule_json -> 'limits' as limits from campaigns
    where tenant_id = ${festivalTenant.tenantId}`;
  const rows = await sql<{ subject: string }[]>`
    select distinct subject from limit_usage where tenant_id = ${festivalTenant.tenantId}`;
  const isCapped = ({ subject }: { subject: string }) =>
    campaigns.some(
      ({ campaignId, limits }) =>
        (limits?.overall !== undefined && subject === `campaign:${campaignId}`) ||
        (limits?.perUser !== undefined && subject.startsWith(`campaign:${campaignId}:`)),
    );
  return rows.filter(isCapped).map(({ subject }) => subject);
};

const equalCounters = async (
  sql: Sql,
  counters: LimitCounters,
  subjects: readonly string[],
): Promise<number> => {
  const always = [{ first: '2000-01-01', last: '2999-12-31' }];
  const asked = new Map(subjects.map((subject) => [subject, always]));
  const committed = await limitReader(sql).usages(festivalTenant.tenantId, asked);
  const shown = await counters.read(festivalTenant.tenantId, subjects);
  return subjects.filter((subject) => isShown(shown.get(subject), committed.get(subject))).length;
};

/** A counter has the total and, of the days, only those around the last change. */
const isShown = (counter: Usage | undefined, usage: Usage | undefined): boolean =>
  counter?.total.count === usage?.total.count &&
  Object.entries(counter?.days ?? {}).every(
    ([day, { count }]) => count === usage?.days[day]?.count,
  );
