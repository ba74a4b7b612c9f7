import { bodyOf, type CmsApi, createClient } from '#clients';
import type { Check } from '#scripts/demo/verdict.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

export const weatherTenant = 'weather';
const perUserMax = 2;
const action = 'VISIT';

const keyOf = (step: string) => ({ 'Idempotency-Key': `weather-${step}` });

const twoVisits = {
  name: 'Two visits',
  type: 'SIMPLE',
  startAt: '2026-01-01T00:00:00Z',
  endAt: '2099-01-01T00:00:00Z',
  rule: { action },
  reward: { type: 'POINTS', amount: { kind: 'fixed', amount: 1 } },
  limits: { perUser: { maxTotal: perUserMax } },
  lateness: { afterSeconds: 604_800, policy: 'count' },
} as const;

/**
 * Creates a tenant with a campaign that gives every user a point for each of the first two visits.
 */
export const openWeatherCampaign = async (platform: Platform): Promise<void> => {
  const token = await platform.tokenFor(weatherTenant);
  const url = platform.knative.url('cms-api');
  const cms = createClient<CmsApi>({ url, token: () => token });
  const tenantId = weatherTenant;
  await bodyOf(
    cms.POST('/api/v1/tenants', {
      params: { header: keyOf('tenant') },
      body: { tenantId, name: 'Weather', currency: 'INR', timeZone: 'Asia/Kolkata' },
    }),
  );
  await bodyOf(
    cms.PUT('/api/v1/tenants/{tenantId}/actions/{action}', {
      params: { path: { tenantId, action } },
      body: { description: 'Came', fields: {} },
    }),
  );
  const { campaignId } = await bodyOf(
    cms.POST('/api/v1/campaigns', { params: { header: keyOf('campaign') }, body: twoVisits }),
  );
  const params = { path: { campaignId } };
  await bodyOf(cms.POST('/api/v1/campaigns/{campaignId}:activate', { params }));
};

/** One visit; the same event id may be sent twice. */
export type Visit = Readonly<{ eventId: string; userId: string }>;

/** Visits of a round, one in twenty of them sent twice. */
export const generateVisits = (round: string, random: () => number): readonly Visit[] =>
  Array.from({ length: 400 }, (_, number) => ({
    eventId: `${round}-v-${number}`,
    userId: `${round}-u-${Math.floor(random() * 120)}`,
  })).flatMap((visit) => (random() < 1 / 20 ? [visit, visit] : [visit]));

/** Writes visits to `tenant-events`. */
export const sendVisits = (
  visits: readonly Visit[],
  options: Readonly<{ brokers: readonly string[]; ratePerSecond: number }>,
): Promise<number> => {
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const records = visits.map((visit) => ({
    key: `${weatherTenant}:${visit.userId}`,
    value: Buffer.from(
      JSON.stringify({ ...visit, tenantId: weatherTenant, action, occurredAt, payload: {} }),
    ),
    kind: 'order' as const,
  }));
  return sendOrders(records, { ...options, topic: 'tenant-events' });
};

/**
 * Recomputes what each user has from all visits that were sent, and compares database and topic
 * with it.
 */
export const campaignChecks = async (
  sql: Sql,
  brokers: readonly string[],
  visits: readonly Visit[],
): Promise<readonly Check[]> => {
  const once = new Map(visits.map((visit) => [visit.eventId, visit.userId]));
  const expected = new Map<string, number>();
  for (const userId of once.values()) expected.set(userId, (expected.get(userId) ?? 0) + 1);
  const rows = await sql<{ userId: string; issued: number; decided: number }[]>`
    select user_id, count(*) filter (where status = 'ISSUED')::int as issued, count(*)::int as decided
    from incentives where tenant_id = ${weatherTenant} group by user_id`;
  const found = new Map(rows.map((row) => [row.userId, row]));
  const wrong = [...expected].filter(([userId, visits]) => {
    const { issued = 0, decided = 0 } = found.get(userId) ?? {};
    return issued !== Math.min(visits, perUserMax) || decided !== visits;
  });
  const issued = rows.reduce((sum, row) => sum + row.issued, 0);
  const [ledger] = await sql<{ points: number }[]>`
    select coalesce(sum(points), 0)::bigint as points from points_ledger
    where tenant_id = ${weatherTenant} and kind = 'REWARD'`;
  const events = await readTopic(brokers, IncentiveGenerated.topic);
  const generated = new Set(
    events
      .filter(({ headers }) => String(headers?.['ce_type']) === IncentiveGenerated.type)
      .map(({ headers }) => String(headers?.['ce_id'])),
  );
  return [
    equal('users whose visits were rewarded wrongly', 0, wrong.length + found.size - expected.size),
    equal('points of rewards in the ledger', issued, ledger?.points),
    equal('incentive.generated events', issued, generated.size),
  ];
};

/** A check that compares two numbers. */
export const equal = (name: string, expected: number, found: number | undefined): Check => ({
  name,
  ok: expected === found,
  detail: `expected ${expected}, found ${String(found)}`,
});
