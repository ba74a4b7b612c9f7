import { afterAll, describe, expect, it } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { carryingAt } from '#shared/eventing/carried-points.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { deliver as deliverBatch, eventsOf } from '#shared/testing/deliver.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { limitParts } from '#shared/testing/worlds/limit-parts.ts';
import { qualificationOf, qualifiedData, testRewards } from '#shared/testing/worlds/rewards.ts';
import { checkLimit } from './handler.ts';
import { limitHints } from './limit-hints.ts';

const { sql, redis, person, deliver } = await identityWorld(() => []);
const rewards = testRewards(sql);
const tenantId = 'acme';

/** A pod of check-limit with its own caches. */
const pod = () => {
  const circuit = redisCircuit();
  return checkLimit({
    ...limitParts({ sql, redis, circuit }),
    hints: limitHints({ counters: limitCounters(redis), circuit }),
  });
};
const pods = [pod(), pod()];

const carry = (customerId: number) =>
  accountCarrier(sql).carry({ tenantId, customerIds: [customerId] }, carryingAt(new Date(), []));

let customers = 0;
/** A customer with two accounts, and a function that separates them. */
const customer = async () => {
  customers += 1;
  const accounts = [`capped-${customers}-1`, `capped-${customers}-2`] as const;
  const { customerId, recordId } = await person({ dotnet: accounts[0], store: accounts[1] });
  await carry(customerId);
  return {
    accounts,
    part: async () => {
      await deliver({
        ...{ source: 'store', recordId, accountId: accounts[1], changedAt: new Date('2026-11-09') },
        given: { name: 'Somebody Different', phone: '+919731264853' },
      });
      await carry(customerId);
    },
  };
};

let requests = 0;
/** Requests an incentive for each of the users in one batch; returns how many were issued. */
const request = async (campaignId: string, userIds: readonly string[]): Promise<number> => {
  const qualified = userIds.map((userId) => {
    requests += 1;
    return qualifiedData(qualificationOf({ tenantId, campaignId }, requests, { userId }));
  });
  const outcomes = await deliverBatch(pods[requests % 2]!, CampaignQualified, qualified);
  return outcomes.flatMap(eventsOf).filter(({ type }) => type === IncentiveGenerated.type).length;
};
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

afterAll(() => rewards.setLimit(tenantId, 'USER', {}));

describe.each<
  Readonly<{ what: string; limits?: CampaignTerms['limits']; user?: Caps; global?: Caps }>
>([
  { what: 'of a campaign per user', limits: { perUser: { maxTotal: 10 } } },
  { what: 'of a tenant per user and day', user: { maxPerDay: 10 } },
  { what: 'on points per user', user: { amounts: { POINTS: { maxTotal: 100 } } } },
  { what: 'under one for all', user: { maxTotal: 10 }, global: { maxTotal: 1_000_000 } },
])('a cap $what', ({ limits = {}, user = {}, global = {} }) => {
  const offer = async () => {
    await rewards.setLimit(tenantId, 'USER', user);
    await rewards.setLimit(tenantId, 'GLOBAL', global);
    return rewards.createCampaign(tenantId, limits);
  };

  it('holds for all accounts of a customer together, which request incentives at two pods at once', async () => {
    const campaignId = await offer();
    const [one, other] = (await customer()).accounts;
    const issued = await Promise.all(
      Array.from({ length: 15 }, () => [
        request(campaignId, [one]),
        request(campaignId, [other]),
      ]).flat(),
    );
    expect(sum(issued)).toBe(10);
    expect(await request(campaignId, [one, other])).toBe(0);
  });

  it('holds within one batch, and holds for each account separately once they are separated', async () => {
    const campaignId = await offer();
    const { accounts, part } = await customer();
    const [one, other] = accounts;
    expect(await request(campaignId, [one, one, other, one, one, other, one])).toBe(7);
    expect(await request(campaignId, Array.from({ length: 5 }, () => accounts).flat())).toBe(3);
    expect(await request(campaignId, [other])).toBe(0);
    await part();
    const again = await request(campaignId, Array.from({ length: 12 }, () => accounts).flat());
    expect(again).toBe(10);
    for (const account of accounts)
      expect(await rewards.givenIn(tenantId, `user:${account}`)).toMatchObject({ used: 10 });
  });
});
