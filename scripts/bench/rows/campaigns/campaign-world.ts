import { randomUUID } from 'node:crypto';
import { seededRandom } from '#scripts/orders/random.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { type CampaignTerms, type Clause, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import { termsJson } from '#shared/stores/postgres/campaigns/terms-rows.ts';

/** The tenant of the actions. */
export const tenantId = 'busy';

/** As many campaigns as the target requires. */
const campaignCount = 200;

const actions = Array.from({ length: 10 }, (_, index) => `ACTION_${index}`);

const fields = {
  amountMinor: { type: 'int', required: true },
  category: { type: 'string', required: true },
};

/**
 * Creates the tenant with its actions, caps and 200 active campaigns: 20 use each action, every
 * fifth is a quest.
 */
export const createWorld = (databaseUrl: string): Promise<void> =>
  createCampaigns(databaseUrl, {
    ...{ tenantId, actions },
    campaigns: Array.from({ length: campaignCount }, (_, number) => termsOf(number)),
  });

type World = Readonly<{
  tenantId: string;
  actions: readonly string[];
  campaigns: readonly CampaignTerms[];
}>;

/** Makes a tenant with actions, caps and active campaigns. */
export const createCampaigns = (
  databaseUrl: string,
  { tenantId: tenant, actions: asked, campaigns }: World,
): Promise<void> =>
  withSql(databaseUrl, async (sql) => {
    await sql`
      insert into tenants (tenant_id, name, currency, time_zone) values (${tenant}, 'Busy', 'INR', 'Asia/Kolkata')`;
    await sql`insert into programs (tenant_id, program, name) values (${tenant}, 'points', 'Points')`;
    await sql`
      insert into limits (tenant_id, scope, max_per_day) values
      (${tenant}, 'GLOBAL', 1000000000), (${tenant}, 'USER', 1000000)`;
    await sql`
      insert into actions (tenant_id, action_code, version, description, fields, created_by)
      select ${tenant}, unnest(${asked}::text[]), 1, 'Something', ${JSON.stringify(fields)}::text::jsonb, 'bench'`;
    for (const terms of campaigns) {
      const campaignId = randomUUID();
      const own = stepsOf(terms).map(({ action }) => action);
      await sql`
        insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, cohort, version, created_by)
        values (${campaignId}, ${tenant}, ${terms.name}, ${terms.type}, ${terms.startAt}, ${terms.endAt}, 'ACTIVE',
          ${termsJson(terms)}::text::jsonb, ${own}, ${terms.cohort ?? null}, 1, 'bench')`;
      await sql`
        insert into campaign_versions (campaign_id, version, tenant_id, terms, created_by)
        values (${campaignId}, 1, ${tenant}, ${termsJson(terms)}::text::jsonb, 'bench')`;
    }
  });

const actionOf = (number: number): string => actions[number % actions.length] as string;

/**
 * About two in a hundred events meet the clauses of a SIMPLE campaign; with sixteen candidates,
 * every third event qualifies for something.
 */
const termsOf = (number: number): CampaignTerms => {
  const from = (number * 7) % 100;
  return campaignTerms(`Campaign ${number}`, {
    action: actionOf(number),
    amounts: { modulus: 100, from, to: from + 4 },
    isQuest: Math.floor(number / actions.length) % 5 === 0,
  });
};

/** Which events match a campaign: books or music, with an amount whose remainder is in a range. */
type Asking = Readonly<{
  action: string;
  amounts: Readonly<{ modulus: number; from: number; to: number }>;
  isQuest: boolean;
}>;

/** Terms of a campaign that gives 5 points, or of a quest that needs two such events. */
export const campaignTerms = (
  name: string,
  { action, amounts: { modulus, from, to }, isQuest }: Asking,
): CampaignTerms => {
  const amount = `event.amountMinor % ${modulus}`;
  const when: Clause = {
    all: [
      { name: 'amount', when: `${amount} >= ${from} && ${amount} < ${to}` },
      {
        any: [
          { name: 'books', when: 'event.category == "books"' },
          { name: 'music', when: 'event.category == "music"' },
        ],
      },
    ],
  };
  const common = {
    name,
    startAt: new Date('2026-01-01T00:00:00Z'),
    endAt: new Date('2999-01-01T00:00:00Z'),
    priority: 100,
    reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 5 } },
    limits: { overall: { maxPerDay: 1_000_000 }, perUser: { maxPerDay: 100 } },
    lateness: { afterSeconds: 604_800, policy: 'count' },
  } as const;
  if (!isQuest) return { ...common, type: 'SIMPLE', rule: { action, when } };
  const step = { action, when, count: 2, name: 'twice' };
  return {
    ...common,
    type: 'QUEST',
    rule: { order: 'ordered', steps: [step], withinSeconds: 86_400 },
  };
};

type Stream = Readonly<{ seed: number; actions: number; users: number; prefix: string }>;

/** Makes actions of the tenant as records for `tenant-events`. */
export const generateBusyActions = (stream: Stream) => {
  const random = seededRandom(stream.seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const occurredAt = new Date().toISOString();
  return Array.from({ length: stream.actions }, (_, number) => {
    const userId = `u-${below(stream.users)}`;
    const document = {
      eventId: `${stream.prefix}-${number}`,
      tenantId,
      userId,
      action: actions[below(actions.length)],
      occurredAt,
      payload: {
        amountMinor: below(1_000_000),
        category: ['books', 'music', 'games', 'food'][below(4)],
      },
    };
    return {
      key: `${tenantId}:${userId}`,
      value: Buffer.from(JSON.stringify(document)),
      kind: 'order' as const,
    };
  });
};
