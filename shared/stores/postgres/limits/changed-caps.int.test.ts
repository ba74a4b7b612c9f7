import { describe, expect, it } from 'vitest';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { slices } from '#shared/domain/slices.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import {
  type Offer,
  qualificationOf,
  requestsNow,
  testRewards,
} from '#shared/testing/worlds/rewards.ts';
import { inTransaction } from '../driver/transaction.ts';
import { incentiveStore } from '../incentives/incentive-store.ts';
import { issueIncentives } from '../incentives/issue-incentives.ts';
import { TermsChanged } from './terms-changed.ts';

const sql = await testSql({ max: 10 });
const store = incentiveStore(sql);
const rewards = testRewards(sql);

const now = new Date('2026-11-21T00:00:00Z');
const offer = async (): Promise<Offer> => {
  const tenantId = await rewards.createTenant();
  return { tenantId, campaignId: await rewards.createCampaign(tenantId) };
};
const numbered = (of: Offer, count: number, fields: Partial<Qualification> = {}) =>
  Array.from({ length: count }, (_, number) => qualificationOf(of, number, fields));
const qualifiedReward = (qualification: Qualification) => ({
  ...{ qualification, cause: `/test ${qualification.eventId}` },
  lotId: qualification.reward.program && everlastingLotId,
});
const requestsOf = (...qualifications: readonly Qualification[]) =>
  requestsNow(
    sql,
    qualifications.map((each) => [qualifiedReward(each)]),
  );
const issue = async (qualifications: readonly Qualification[]) => {
  const { requests, terms } = await requestsOf(...qualifications);
  const { outcomes } = await store.issue(requests, { now, likelyFull: new Set(), terms });
  return outcomes.flat().map((one) => ('incentive' in one ? one.incentive.status : one.kind));
};

describe('caps that change while incentives are decided', () => {
  const isWaiting = async () => (await lockWaits(sql)) === 1;
  const setCap = (of: Offer) => rewards.setLimit(of.tenantId, 'GLOBAL', { maxTotal: 2 });
  const setCampaignCap = (of: Offer) =>
    sql`update campaigns set rule_json = '{"limits": {"overall": {"maxTotal": 2}}}' where campaign_id = ${of.campaignId}`;

  it.each([
    ['of a tenant', setCap],
    ['of a campaign', setCampaignCap],
  ])('%s wait for them, and count what they issued without any cap', async (_of, change) => {
    const of = await offer();
    const [one, two, three] = numbered(of, 3);
    const { requests, terms } = await requestsOf(one!);
    const how = { now, likelyFull: new Set<string>(), terms };
    let changed: Promise<unknown> | undefined;
    await inTransaction(sql, async (tx) => {
      await issueIncentives(tx, requests, how);
      changed = change(of).then(() => 'changed');
      await until(isWaiting);
    });
    await changed;
    expect(await issue([two!, three!])).toEqual(['ISSUED', 'REFUSED']);
  });

  it('are never decided by as they were before', async () => {
    const of = await offer();
    const [one] = numbered(of, 1);
    const { requests, terms } = await requestsOf(one!);
    await setCap(of);
    const stale = store.issue(requests, { now, likelyFull: new Set(), terms });
    await expect(stale).rejects.toThrow(TermsChanged);
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 0, used: 0 });
  });
});

it('gives every coupon of a pool that batches share, though none of them has a cap', async () => {
  const of = await offer();
  const codes = Array.from({ length: 60 }, (_, index) => `C-${index}`);
  await rewards.fillPool(of.tenantId, 'summer', codes);
  const all = numbered(of, 80, {
    reward: { type: 'COUPON', amount: 1, pool: 'summer' },
  });
  const statuses = (await Promise.all(slices(all, 10).map(issue))).flat();
  expect(statuses.filter((status) => status === 'ISSUED')).toHaveLength(60);
  expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 60, used: 60 });
});
