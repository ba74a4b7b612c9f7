import { randomUUID } from 'node:crypto';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import {
  insertCampaign,
  updateCampaign,
} from '#shared/stores/postgres/campaigns/write-campaign.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';

const rule = { ...plainTerms, rate: { points: 1, perMinor: 10_000 } };

const ladder = {
  ...{ metric: 'earned', currency: 'INR', window: { kind: 'rolling', days: 30 } },
  tiers: [{ name: 'silver', threshold: 5, multiplierBp: 15_000 }],
  ...{ graceDays: 3, downgrade: 'to-metric', noticeDays: 0 },
};

const points = {
  name: 'Fifty points',
  type: 'SIMPLE' as const,
  startAt: new Date('2026-01-01T00:00:00Z'),
  endAt: new Date('2099-01-01T00:00:00Z'),
  priority: 100,
  rule: { action: 'VISIT' },
  reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 50 } } as const,
  limits: {},
  lateness: { afterSeconds: 86_400, policy: 'count' as const },
};

/** Paid by the tenant itself, not into a wallet: the simplest incentive. */
const cashback = {
  ...points,
  name: 'Fifty rupees',
  rule: { action: 'REVIEW' },
  reward: {
    type: 'CASHBACK',
    currency: 'INR',
    amount: { kind: 'fixed', amount: 5_000 },
  } as const,
};

/**
 * A tenant whose orders climb tiers; campaigns give fifty points for a visit (`VISIT`) and fifty
 * rupees for a review (`REVIEW`). Returns its id.
 */
export const createSampleTenant = async (sql: Sql): Promise<string> => {
  const tenantId = `t-${randomUUID()}`;
  await inTransaction(sql, async (tx) => {
    await tx`insert into tenants (tenant_id, name, currency, time_zone)
      values (${tenantId}, 'T', 'INR', 'Asia/Kolkata')`;
    await tx`insert into boards (tenant_id, board) values (${tenantId}, 'main')`;
    await tx`insert into programs (tenant_id, program, name) values (${tenantId}, 'points', 'P')`;
    await tx`insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
      values (${tenantId}, 'points', 1, 'INR', ${JSON.stringify(rule)}::text::jsonb, 'epoch')`;
    await tx`insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
      values (${tenantId}, 'points', 1, ${JSON.stringify(ladder)}::text::jsonb, 'epoch', 'count-files')`;
    await tx`insert into limits (tenant_id, scope) values (${tenantId}, 'GLOBAL'), (${tenantId}, 'USER')`;
    await tx`insert into actions (tenant_id, action_code, version, description, fields, created_by)
      values (${tenantId}, 'VISIT', 1, 'Came', '{}', 'count-files'),
        (${tenantId}, 'REVIEW', 1, 'Wrote a review', '{}', 'count-files')`;
    for (const terms of [points, cashback]) {
      const campaignId = randomUUID();
      await insertCampaign(tx, { tenantId, campaignId }, { terms, subject: 'count-files' });
      await updateCampaign(tx, { campaignId }, { status: 'ACTIVE', subject: 'count-files' });
    }
  });
  return tenantId;
};
