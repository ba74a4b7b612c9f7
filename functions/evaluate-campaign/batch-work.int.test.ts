import { expect, it, vi } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { cachedMemberships } from '#shared/stores/redis/cohorts/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { questCache } from '#shared/stores/redis/quest-cache.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { evaluateCampaign } from './handler.ts';

const redis = await testRedisClient();
const circuit = redisCircuit();

const { sql, createTenant, createCampaign, deliver } = await actionWorld((parts) =>
  evaluateCampaign({
    ...parts,
    questCache: questCache(redis, circuit),
    memberships: cachedMemberships({
      memberships: parts.memberships,
      bitmaps: cohortBitmaps(redis),
      circuit,
    }),
  }),
);
const statements = recordedStatements(sql);

/** The commands that were sent to Redis so far. */
const commands = vi.spyOn(redis, 'sendCommand');

const step = { action: 'VISIT', count: 2, name: 'twice' };
const quest = questTerms({ order: 'ordered', steps: [step] });
const simple = simpleTerms({ rule: { action: 'VISIT' } });

it.each<[string, CampaignTerms, Readonly<{ each: number; statements: number; commands: number }>]>([
  [
    'records, looks for reversals and empties the outbox, without Redis',
    simple,
    { each: 2, statements: 3, commands: 0 },
  ],
  [
    'locks, records, writes and commits quests that are completed, and forgets their progress',
    quest,
    { each: 1, statements: 16, commands: 1 },
  ],
])(
  'a batch of any size takes the same statements and commands: %s',
  async (_what, terms, { each, ...work }) => {
    const tenantId = await createTenant([]);
    await createCampaign(tenantId, terms);
    let users = 0;
    /**
     * The requests to the stores of a batch in which so many new users act twice, and each
     * qualifies.
     */
    const workOf = async (userCount: number) => {
      const actions = Array.from({ length: userCount }, () => `u-${(users += 1)}`).flatMap(
        (userId) =>
          [1, 2].map((second) => ({
            ...{ tenantId, userId, action: 'VISIT', eventId: `${userId}-${second}` },
            occurredAt: `2026-11-21T00:00:0${second}Z`,
          })),
      );
      statements.length = 0;
      commands.mockClear();
      const outcomes = await deliver(actions);
      const qualified = outcomes
        .flatMap(eventsOf)
        .filter(({ type }) => type === CampaignQualified.type);
      expect(qualified).toHaveLength(userCount * each);
      return { statements: statements.length, commands: commands.mock.calls.length };
    };
    await workOf(1);
    expect(await workOf(1)).toEqual(work);
    expect(await workOf(50)).toEqual(work);
  },
);

it('a batch of any size publishes the hits of a tenant in one event, counted by campaign', async () => {
  const tenants = [await createTenant([]), await createTenant([])];
  const campaigns = await Promise.all(tenants.map((tenantId) => createCampaign(tenantId, simple)));
  const actions = Array.from({ length: 50 }, (_, number) => ({
    ...{ tenantId: tenants[number % 2]!, userId: `u-${number}`, action: 'VISIT' },
    ...{ eventId: `hit-${number}`, occurredAt: '2026-11-21T00:00:01Z' },
  }));
  const without = { ...actions[0]!, action: 'LEAVE', eventId: 'no-hit' };
  const outcomes = await deliver([without, ...actions]);
  const hits = outcomes.flatMap(eventsOf).filter(({ type }) => type === CampaignsHit.type);
  expect(hits.map(({ data }) => data)).toEqual(
    tenants.map((tenantId, index) => ({ tenantId, hits: { [campaigns[index]!]: 25 } })),
  );
  for (const { data } of hits) expect(CampaignsHit.schema.safeParse(data).success).toBe(true);
});
