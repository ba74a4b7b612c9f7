/**
 * Whether a user's next action counts as one of a member, after an action that added the user to a
 * real-time cohort.
 */

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { createRefreshBitmaps } from '#functions/recompute-cohort/refresh-bitmaps.ts';
import { updateCohorts } from '#functions/update-cohort/handler.ts';
import { knownCohorts } from '#functions/update-cohort/known-cohorts.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { cohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import { cohortWindows } from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import { realTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import { realTimeMembers } from '#shared/stores/postgres/cohorts/real-time-members.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { cachedMemberships } from '#shared/stores/redis/cohorts/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { deliverOne, eventsOf } from '#shared/testing/deliver.ts';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { simpleTerms } from '#shared/testing/worlds/campaigns.ts';

const now = new Date('2026-11-22T00:00:00Z');
const clock = () => now;
const redis = connectRedis((await testRedis()).url);
const bitmaps = cohortBitmaps(redis);
const { sql, createTenant, createCampaign, deliver } = await actionWorld((parts) =>
  evaluateCampaign({
    ...{ ...parts, clock },
    memberships: cachedMemberships({
      memberships: parts.memberships,
      bitmaps,
      circuit: redisCircuit(),
    }),
  }),
);
const updating = updateCohorts({
  cohorts: knownCohorts(realTimeCohorts(sql)),
  members: realTimeMembers(sql),
  ...{ outbox: outbox(sql), clock, batchItemsMax: 100 },
});

it('an action is evaluated with every action before it that update-cohort has acknowledged', async () => {
  const tenantId = await createTenant();
  const rules = { add: [{ action: 'PURCHASE' }], remove: [], forSeconds: 3600 };
  await cohortLists(sql).create(
    {
      ...{ tenantId, cohort: 'buyers', name: 'Buyers', description: undefined, rules, members: [] },
      ...{ createdBy: 'ann', requestKey: randomUUID() },
    },
    now,
  );
  await createCampaign(tenantId, simpleTerms({ cohort: 'buyers' }));
  const refresh = createRefreshBitmaps({
    ...{ windows: cohortWindows(sql), bitmaps, clock, log: createLogger('test') },
    exclusively: (build) => build(),
  });
  const buy = (second: number) => ({
    ...{ tenantId, userId: 'u-1', action: 'PURCHASE', eventId: `e-${second}` },
    occurredAt: new Date(now.getTime() - 60_000 + second * 1000).toISOString(),
    payload: { amountMinor: 5_000, category: 'books' },
  });
  const isRewarded = async (second: number) => {
    await refresh(() => false);
    const outcomes = await deliver([buy(second)]);
    return outcomes.flatMap(eventsOf).some(({ type }) => type === CampaignQualified.type);
  };
  const update = (second: number) => deliverOne(updating, updating[0]!.contract, buy(second));
  // An action never counts for itself, whichever of the two functions processes it first.
  await update(1);
  expect(await isRewarded(1)).toBe(false);
  // What has been acknowledged counts at once: real-time cohorts have no bitmaps.
  expect(await isRewarded(2)).toBe(true);
  // What is not acknowledged yet does not count, and a decision is never revised.
  const another = { ...buy(3), userId: 'u-2' };
  expect((await deliver([another])).flatMap(eventsOf)).toEqual([]);
  expect((await deliver([{ ...another, eventId: 'e-4' }])).flatMap(eventsOf)).toEqual([]);
  await redis.quit();
});
