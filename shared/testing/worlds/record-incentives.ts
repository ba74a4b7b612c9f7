import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { usageChanges } from '#shared/domain/limits/limit-request-of.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import type { Sql, Transaction } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { addUsage } from '#shared/stores/postgres/limits/limit-usage.ts';
import { earnEntry } from './ledger-entries.ts';

/** The id of an incentive that a test calls by a name. */
export const incentiveIdOf = (name: string): string => derivedId('incentive', 'default', name);

/** The campaigns of recordIncentives: points, coupons, and cashback that nobody credits. */
export const pointsCampaign = '6f9b1c52-5d0e-4a3e-9f5c-000000000001';
export const couponCampaign = '6f9b1c52-5d0e-4a3e-9f5c-000000000002';
const cashbackCampaign = '6f9b1c52-5d0e-4a3e-9f5c-000000000003';

/** A day that caps count, whenever the tests run, and an instant on it. */
const qualifiedAt = new Date(Date.now() - 7 * 86_400_000);
export const dayOfIncentives = qualifiedAt.toISOString().slice(0, 10);

/** Issued points of c-1; a test names only what it is about. */
export const testIncentive = (name: string, fields: Partial<Incentive> = {}): Incentive => ({
  incentiveId: incentiveIdOf(name),
  tenantId: 'default',
  userId: 'c-1',
  campaignId: pointsCampaign,
  campaignVersion: 1,
  eventId: `e-${name}`,
  type: 'POINTS',
  currency: 'POINTS',
  amount: 50,
  program: 'points',
  couponCode: undefined,
  status: 'ISSUED',
  refusedBy: undefined,
  day: dayOfIncentives,
  qualifiedAt,
  issuedAt: qualifiedAt,
  expiresAt: undefined,
  endedAt: undefined,
  cause: '/test 1',
  ...fields,
});

const coupon = {
  campaignId: couponCampaign,
  type: 'COUPON',
  currency: undefined,
  amount: 1,
  program: undefined,
} as const;
const cashback = {
  campaignId: cashbackCampaign,
  type: 'CASHBACK',
  currency: 'INR',
  amount: 500,
  program: undefined,
} as const;
const refused = { status: 'REFUSED', refusedBy: { kind: 'no-coupon', pool: 'summer' } } as const;

/**
 * Records incentives of each type and status, with everything that belongs to them, and caps that
 * they just reach.
 */
export const recordIncentives = async (sql: Sql): Promise<void> => {
  const incentives = [
    testIncentive('issued'),
    testIncentive('expired', { userId: 'c-2', status: 'EXPIRED' }),
    testIncentive('reversed', { status: 'REVERSED' }),
    testIncentive('refused', refused),
    testIncentive('never', { status: 'REVERSED', refusedBy: { kind: 'reversed' } }),
    testIncentive('coupon', { ...coupon, couponCode: 'SUMMER-1' }),
    testIncentive('coupon back', { ...coupon, couponCode: 'SUMMER-2', status: 'REVERSED' }),
    testIncentive('no coupon', { ...coupon, ...refused }),
    testIncentive('cashback', { ...cashback, userId: 'c-2' }),
  ];
  await insertCaps(sql);
  await insertCoupons(sql);
  await insertIncentives(sql, incentives);
  await insertUsage(sql, incentives.filter(isCounted));
  await recordRewards(sql);
};

const isCounted = ({ status }: Incentive): boolean => status === 'ISSUED' || status === 'EXPIRED';

const insertCaps = async (sql: Sql): Promise<void> => {
  await sql`
    insert into limits (tenant_id, scope, max_per_day, max_total, window_days, amounts, updated_at) values
      ('default', 'GLOBAL', 4, 4, 7, '{"INR": {"maxTotal": 500}}', '2020-01-01'),
      ('default', 'USER', 2, 2, null, '{"POINTS": {"maxPerDay": 50}}', '2020-01-01')
    on conflict (tenant_id, scope) do update set max_per_day = excluded.max_per_day, max_total = excluded.max_total,
      window_days = excluded.window_days, amounts = excluded.amounts, updated_at = excluded.updated_at`;
  await insertCampaign(sql, pointsCampaign, {
    reward: { type: 'POINTS' },
    limits: { budget: 100, perUser: { maxTotal: 1 } },
  });
  await insertCampaign(sql, couponCampaign, {
    reward: { type: 'COUPON' },
    limits: { budget: 1, overall: { maxPerDay: 1 } },
  });
  await insertCampaign(sql, cashbackCampaign, { reward: { type: 'CASHBACK' }, limits: {} });
};

const insertCampaign = async (sql: Sql, campaignId: string, terms: object): Promise<void> => {
  const json = JSON.stringify(terms);
  await sql`
    insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
    values (${campaignId}, 'default', 'Test', 'SIMPLE', '2020-01-01', '2040-01-01', 'ACTIVE', ${json}::text::jsonb, '{}', 1, 'test')`;
  await sql`
    insert into campaign_versions (campaign_id, version, tenant_id, terms, created_at, created_by)
    values (${campaignId}, 1, 'default', ${json}::text::jsonb, '2020-01-01', 'test')`;
};

const insertCoupons = async (sql: Sql): Promise<void> => {
  await sql`insert into coupon_pools (tenant_id, pool, created_by) values ('default', 'summer', 'test')`;
  await sql`
    insert into coupon_codes (tenant_id, pool, code, incentive_id, claimed_at, voided_at) values
      ('default', 'summer', 'SUMMER-1', ${incentiveIdOf('coupon')}, now(), null),
      ('default', 'summer', 'SUMMER-2', ${incentiveIdOf('coupon back')}, now(), now()),
      ('default', 'summer', 'SUMMER-3', null, null, null)`;
};

/** Inserts incentives with their events, none of which is published. */
export const insertIncentives = async (
  sql: Sql | Transaction,
  incentives: readonly Incentive[],
): Promise<void> => {
  for (const one of incentives) {
    await sql`
      insert into incentives (incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id, type,
        reward_currency, reward_amount, program, coupon_code, status, refused_by, day, qualified_at, issued_at, expires_at,
        ended_at, cause)
      values (${one.incentiveId}, ${one.tenantId}, ${one.userId}, ${one.campaignId}, ${one.campaignVersion}, ${one.eventId},
        ${one.type}, ${one.currency ?? null}, ${one.amount}, ${one.program ?? null}, ${one.couponCode ?? null}, ${one.status},
        ${one.refusedBy ? JSON.stringify(one.refusedBy) : null}::text::jsonb, ${one.day}, ${one.qualifiedAt}, ${one.issuedAt},
        ${one.expiresAt ?? null}, ${one.endedAt ?? null}, ${one.cause})`;
    await sql`
      with recorded as (
        insert into incentive_event_log (tenant_id, incentive_id, user_id, event)
        select ${one.tenantId}, ${one.incentiveId}, ${one.userId}, event from unnest(${eventsOf(one)}::text[]) event
        returning incentive_id, event
      )
      insert into unpublished_incentive_events (incentive_id, event) select * from recorded`;
  }
};

const eventsOf = ({ status, refusedBy }: Incentive): string[] => {
  if (status === 'REFUSED') return ['refused'];
  if (refusedBy !== undefined) return [];
  return ['generated', ...(status === 'ISSUED' ? [] : [status.toLowerCase()])];
};

const insertUsage = (sql: Sql, counted: readonly Incentive[]): Promise<void> =>
  inTransaction(sql, (tx) => addUsage(tx, usageChanges(counted)));

/** 20 points of the reversed one had been spent. */
const recordRewards = async (sql: Sql): Promise<void> => {
  const entry = (fields: Parameters<typeof earnEntry>[0]) =>
    earnEntry({
      kind: 'REWARD',
      counterAccount: 'rewarded',
      points: 50,
      lotId: everlastingLotId,
      amountMinor: undefined,
      currency: undefined,
      ruleVersion: undefined,
      ...fields,
      orderId: undefined,
    });
  const reversed = incentiveIdOf('reversed');
  await ledgerStore(sql).commit([
    entry({ causeId: incentiveIdOf('issued') }),
    entry({ causeId: incentiveIdOf('expired'), customerId: 'c-2' }),
    entry({ causeId: reversed }),
    entry({ kind: 'REVOKE', causeId: reversed, points: -30 }),
    entry({ kind: 'REVOKE', causeId: `${reversed} 2`, points: -20 }),
    entry({
      kind: 'ADJUST',
      causeId: `REVOKE ${reversed} written-off`,
      points: 20,
      counterAccount: 'written-off',
    }),
  ]);
};
