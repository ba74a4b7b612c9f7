import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { connectRedis } from './driver/connect.ts';
import { hotSetKey, progressKey } from './driver/keys.ts';
import { redisCircuit } from './driver/redis-availability.ts';
import { type QuestProgress, questCache } from './quest-cache.ts';

const redis = await testRedisClient();
const cache = questCache(redis, redisCircuit());
beforeEach(async () => {
  await redis.flushdb();
  await redis.zadd(hotSetKey('t1'), 7, 'hot');
});

const quest = { tenantId: 't1', campaignId: 'hot', userId: 'u-{1}', ruleKey: 'r' };
const progressOf = (completions: number): QuestProgress => ({
  completions,
  startedAt: null,
  done: [completions],
});

/** Postgres: what was committed last, and how often it was read. */
const truth = () => {
  const postgres = { committed: 1, reads: 0 };
  const load = () => {
    postgres.reads += 1;
    return Promise.resolve(progressOf(postgres.committed));
  };
  return { postgres, load, read: (of = quest) => cache.read(of, load) };
};

describe('progress of a hot campaign', () => {
  it('is forgotten for all quests of a batch in one command', async () => {
    const quests = Array.from({ length: 100 }, (_, user) => ({ ...quest, userId: `u-${user}` }));
    const { postgres, read } = truth();
    for (const each of quests) await read(each);
    const commands = vi.spyOn(redis, 'sendCommand');
    onTestFinished(() => commands.mockRestore());
    await cache.forget([...quests, ...quests]);
    expect(commands).toHaveBeenCalledTimes(1);
    postgres.reads = 0;
    for (const each of quests) await read(each);
    expect(postgres.reads).toBe(100);
  });

  it('is loaded once until it changes', async () => {
    const { postgres, read } = truth();
    for (let time = 0; time < 5; time += 1) expect(await read()).toEqual(progressOf(1));
    expect(postgres.reads).toBe(1);
    postgres.committed = 2;
    await cache.forget([quest, quest]);
    for (let time = 0; time < 5; time += 1) expect(await read()).toEqual(progressOf(2));
    expect(postgres.reads).toBe(2);
    expect(await redis.pttl(progressKey(quest))).toBeGreaterThan(0);
  });

  it('is not cached as it was before a change that was committed while it was loaded', async () => {
    const { postgres, load, read } = truth();
    const before = await cache.read(quest, async () => {
      const loaded = await load();
      postgres.committed = 2;
      await cache.forget([quest]);
      return loaded;
    });
    expect(before).toEqual(progressOf(1));
    expect(await read()).toEqual(progressOf(2));
  });

  it('is what was committed last, with many readers and writers and Redis losing everything', async () => {
    const { postgres, load } = truth();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const slow = async () => {
      const loaded = await load();
      for (let turns = postgres.reads % 7; turns > 0; turns -= 1) await turn();
      return loaded;
    };
    let reading = true;
    const readers = Array.from({ length: 8 }, async () => {
      while (reading) await cache.read(quest, slow);
    });
    for (let change = 0; change < 200; change += 1) {
      postgres.committed += 1;
      await cache.forget([quest]);
      const { completions } = await cache.read(quest, slow);
      expect(completions).toBe(postgres.committed);
      if (change % 20 === 0) {
        await redis.flushdb();
        await redis.zadd(hotSetKey('t1'), change, 'hot');
      }
    }
    reading = false;
    await Promise.all(readers);
  });
});

describe('progress of a cold campaign', () => {
  it('is loaded each time, and nothing of it is in Redis', async () => {
    const { postgres, read } = truth();
    const cold = { ...quest, campaignId: 'cold' };
    for (let time = 0; time < 3; time += 1) expect(await read(cold)).toEqual(progressOf(1));
    expect(postgres.reads).toBe(3);
    expect(await redis.exists(progressKey(cold))).toBe(0);
  });

  it('is not what was cached while it was hot', async () => {
    const { postgres, read } = truth();
    await read();
    await redis.zrem(hotSetKey('t1'), 'hot');
    postgres.committed = 2;
    await cache.forget([quest]);
    expect(await read()).toEqual(progressOf(2));
    await redis.zadd(hotSetKey('t1'), 8, 'hot');
    expect(await read()).toEqual(progressOf(2));
  });
});

describe('without Redis', () => {
  it('progress is loaded, and changes are not delayed', async () => {
    const away = connectRedis('redis://127.0.0.1:1');
    onTestFinished(() => away.disconnect());
    const blind = questCache(away, redisCircuit());
    const { postgres, load } = truth();
    for (let time = 0; time < 5; time += 1)
      expect(await blind.read(quest, load)).toEqual(progressOf(1));
    await blind.forget([quest]);
    expect(postgres.reads).toBe(5);
  });
});
