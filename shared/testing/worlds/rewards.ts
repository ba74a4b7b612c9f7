import { randomUUID } from 'node:crypto';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { RewardChoices } from '#shared/domain/incentives/decide-incentives.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import {
  type QualifiedChoices,
  rewardRequestOf,
  type TermsByKey,
  termsKeyOf,
} from '#shared/stores/postgres/incentives/reward-requests.ts';
import { limitReader, rewardKey } from '#shared/stores/postgres/limits/limit-reader.ts';

type NewTenant = Readonly<{ timeZone?: string; global?: Caps; user?: Caps }>;

/** The tenant and campaign in which a user qualifies. */
export type Offer = Readonly<{ tenantId: string; campaignId: string }>;

/** Creates tenants, campaigns and coupons for tests of rewards, and reads what was issued. */
export const testRewards = (sql: Sql) => {
  const setLimit = async (
    tenantId: string,
    scope: 'GLOBAL' | 'USER',
    caps: Caps,
  ): Promise<void> => {
    const { maxPerDay = null, maxTotal = null, windowDays = null, amounts = {} } = caps;
    await sql`
      insert into limits (tenant_id, scope, max_per_day, max_total, window_days, amounts)
      values (${tenantId}, ${scope}, ${maxPerDay}, ${maxTotal}, ${windowDays}, ${JSON.stringify(amounts)}::text::jsonb)
      on conflict (tenant_id, scope) do update set max_per_day = excluded.max_per_day,
        max_total = excluded.max_total, window_days = excluded.window_days, amounts = excluded.amounts`;
  };

  return {
    setLimit,

    /** Creates a tenant with a program of points and one of rupees. */
    createTenant: async ({ timeZone = 'UTC', global = {}, user = {} }: NewTenant = {}) => {
      const tenantId = `t-${randomUUID()}`;
      await sql`
        insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'T', 'INR', ${timeZone})`;
      await sql`
        insert into programs (tenant_id, program, name, unit) values
          (${tenantId}, 'points', 'Points', 'POINTS'), (${tenantId}, 'money', 'Money', 'INR')`;
      await sql`insert into boards (tenant_id, board) values (${tenantId}, 'main')`;
      await setLimit(tenantId, 'GLOBAL', global);
      await setLimit(tenantId, 'USER', user);
      return tenantId;
    },

    /** Creates a campaign with these limits and nothing else, since rewards need no more of it. */
    createCampaign: async (
      tenantId: string,
      limits: CampaignTerms['limits'] = {},
    ): Promise<string> => {
      const campaignId = randomUUID();
      await sql`
        insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions,
          version, created_by)
        values (${campaignId}, ${tenantId}, 'Monsoon', 'SIMPLE', '2026-01-01', '2027-01-01', 'ACTIVE',
          ${JSON.stringify({ limits })}::text::jsonb, '{}', 1, 'test')`;
      return campaignId;
    },

    /** Fills a pool with codes that are drawn in this order. */
    fillPool: async (tenantId: string, pool: string, codes: readonly string[]): Promise<void> => {
      await sql`
        insert into coupon_pools (tenant_id, pool, created_by) values (${tenantId}, ${pool}, 'test')
        on conflict do nothing`;
      for (const [index, code] of codes.entries()) {
        const turn = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
        await sql`
          insert into coupon_codes (tenant_id, pool, code, turn) values (${tenantId}, ${pool}, ${code}, ${turn})`;
      }
    },

    /** What a subject has used, and how many incentives of a tenant are issued. */
    givenIn: async (tenantId: string, subject = 'tenant') => {
      const [row] = await sql<[{ issued: number; used: number }]>`
        select (select count(*) from incentives where tenant_id = ${tenantId} and status = 'ISSUED') as issued,
          (select coalesce(sum(count), 0)::bigint from limit_usage
            where tenant_id = ${tenantId} and subject = ${subject} and day = '-infinity') as used`;
      return { issued: row.issued, used: row.used };
    },
  };
};

/** What qualified rewards request on the current terms, with these terms. */
export const requestsNow = async (
  sql: Sql,
  qualified: readonly QualifiedChoices[],
): Promise<Readonly<{ requests: readonly RewardChoices[]; terms: TermsByKey }>> => {
  const terms = await limitReader(sql).terms(qualified.flat().map(termsKeyOf));
  const requests = qualified.map((choices) =>
    choices.map((reward) => rewardRequestOf(reward, terms.get(rewardKey(termsKeyOf(reward)))!)),
  );
  return { requests, terms };
};

/**
 * A qualification as `campaign.qualified` publishes it; if there are several rewards, they are
 * choices of which one is given.
 */
export const qualifiedData = (...choices: readonly [Qualification, ...Qualification[]]) => ({
  tenantId: choices[0].tenantId,
  userId: choices[0].userId,
  eventId: choices[0].eventId,
  entitlements: [{ priority: 100, choices: choices.map(toChoice) }],
});

const toChoice = ({
  tenantId: _tenant,
  userId: _user,
  reward: { expiresAt, ...reward },
  qualifiedAt,
  ...ids
}: Qualification) => ({
  ...ids,
  reward: { ...reward, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) },
  qualifiedAt: qualifiedAt.toISOString(),
});

/** Ten points of the n-th event for user u-1 at noon UTC of a day, with what a test changes. */
export const qualificationOf = (
  { tenantId, campaignId }: Offer,
  number: number,
  fields: Partial<Qualification> = {},
): Qualification => ({
  incentiveId: derivedId('incentive', tenantId, campaignId, `e-${number}`),
  tenantId,
  userId: 'u-1',
  campaignId,
  campaignVersion: 1,
  eventId: `e-${number}`,
  reward: { type: 'POINTS', amount: 10, currency: 'POINTS', program: 'points' },
  qualifiedAt: new Date('2026-11-20T12:00:00Z'),
  ...fields,
});
