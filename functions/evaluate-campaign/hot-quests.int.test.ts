import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { foldQuest } from '#shared/domain/quests/fold-quest.ts';
import { questIncentiveIdOf, ruleKeyOf } from '#shared/eventing/domain-event.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { questReader } from '#shared/stores/postgres/events/quest-reader.ts';
import { questKey } from '#shared/stores/postgres/events/quest-rows.ts';
import { hotSetKey } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { type QuestProgress, questCache } from '#shared/stores/redis/quest-cache.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { questTerms } from '#shared/testing/worlds/campaigns.ts';
import { evaluateCampaign } from './handler.ts';

const redis = await testRedisClient();
const cache = questCache(redis, redisCircuit());

const { sql, createTenant, createCampaign, deliver } = await actionWorld((parts) =>
  evaluateCampaign({ ...parts, questCache: cache }),
);
const quests = questReader(sql);

const rule: QuestRule = {
  order: 'ordered',
  withinSeconds: 100,
  steps: ['A', 'B'].map((action) => ({ name: action, action, count: 1 })),
};
const tenantId = await createTenant([]);
const campaignId = await createCampaign(tenantId, questTerms(rule));
let userNo = 0;

/** A user, with functions that act as the user. */
const newUser = () => {
  const userId = `u-${(userNo += 1)}`;
  const quest = { tenantId, campaignId, userId, ruleKey: ruleKeyOf(rule) };
  const load = async (): Promise<QuestProgress> => {
    const { steps = [], from } = (await quests.histories([quest])).get(questKey(quest)) ?? {};
    const { head, open } = foldQuest(rule, steps, { from });
    const startedAt = open.startedAt?.toISOString() ?? null;
    return { completions: head.completions, startedAt, done: open.done };
  };
  const given: string[] = [];
  const note = (outcomes: readonly Outcome[]) =>
    given.push(
      ...outcomes
        .flatMap(eventsOf)
        .flatMap(({ data }) => (data as { entitlements?: Entitlements }).entitlements ?? [])
        .flatMap(({ choices }) => choices.map((choice) => choice.incentiveId)),
    );
  return {
    load,
    read: () => cache.read(quest, load),
    act: async (action: string, second: number, pod: number) =>
      note(await deliver([actionOf(userId, action, second)], pod)),
    reverse: async (action: string, second: number, pod: number) =>
      note(await deliver([reversalOf(userId, action, second)], pod)),
    /** Which numbers of completions were rewarded, in order. */
    numbers: () => {
      const ids = Array.from({ length: 30 }, (_, index) =>
        questIncentiveIdOf({ tenantId, campaignId }, { userId, rule, time: index + 1 }),
      );
      return given.map((id) => ids.indexOf(id) + 1);
    },
  };
};

type Entitlements = readonly Readonly<{ choices: readonly Readonly<{ incentiveId: string }>[] }>[];

const actionOf = (userId: string, action: string, second: number) => ({
  ...{ tenantId, userId, action, eventId: `${userId}-${action}-${second}` },
  occurredAt: new Date(Date.parse('2026-11-21T00:00:00Z') + second * 1000).toISOString(),
});

const reversalOf = (...of: Parameters<typeof actionOf>) => ({
  tenantId,
  reversedEventId: actionOf(...of).eventId,
});

const heat = (bucket: number) => redis.zadd(hotSetKey(tenantId), bucket, campaignId);

type Command =
  | Readonly<{ kind: 'act' | 'reverse'; action: string; second: number; pod: number }>
  | Readonly<{ kind: 'heat' | 'cool' | 'lose' }>;

describe('a quest whose campaign heats up and cools', () => {
  it('gives the same incentives as that of a cold campaign, and shows the same progress, whatever Redis loses', async () => {
    const anyCommand: fc.Arbitrary<Command> = fc.oneof(
      fc.record({
        kind: fc.constantFrom('act' as const, 'act' as const, 'reverse' as const),
        action: fc.constantFrom('A', 'B'),
        second: fc.nat(9),
        pod: fc.nat(1),
      }),
      fc.record({ kind: fc.constantFrom('heat' as const, 'cool' as const, 'lose' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 10, maxLength: 40 }), async (commands) => {
        await redis.flushdb();
        await heat(1);
        const [hot, cold] = [newUser(), newUser()];
        const apply = async (own: Command, index: number): Promise<void> => {
          if ('action' in own)
            for (const user of [hot, cold]) await user[own.kind](own.action, own.second, own.pod);
          else if (own.kind === 'heat') await heat(index);
          else if (own.kind === 'cool') await redis.zrem(hotSetKey(tenantId), campaignId);
          else await redis.flushdb();
        };
        for (const [index, own] of commands.entries()) {
          await apply(own, index);
          expect(await hot.read()).toEqual(await hot.load());
        }
        expect(hot.numbers()).toEqual(cold.numbers());
        expect(await hot.load()).toEqual(await cold.load());
      }),
      { numRuns: runs(6) },
    );
  });

  it('shows what was committed last while its user acts on two pods and others read', async () => {
    await redis.flushdb();
    await heat(1);
    const user = newUser();
    let looking = true;
    const looks = Array.from({ length: 4 }, async () => {
      while (looking) await user.read();
    });
    for (let second = 0; second < 20; second += 2) {
      await Promise.all([user.act('A', second, 0), user.act('B', second + 1, 1)]);
      expect(await user.read()).toEqual(await user.load());
    }
    looking = false;
    await Promise.all(looks);
    expect(user.numbers().toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
  });

  it('shows that an action was reversed', async () => {
    await redis.flushdb();
    await heat(1);
    const user = newUser();
    await user.act('A', 1, 0);
    expect(await user.read()).toMatchObject({ completions: 0, done: [1, 0] });
    await user.reverse('A', 1, 1);
    expect(await user.read()).toMatchObject({ completions: 0, done: [0, 0] });
  });
});
