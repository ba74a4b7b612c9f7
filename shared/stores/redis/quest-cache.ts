import { randomUUID } from 'node:crypto';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from './driver/connect.ts';
import { defineScripts } from './driver/define-scripts.ts';
import { hotSetKey, progressKey, type QuestName } from './driver/keys.ts';
import { type RedisCircuit, whereAvailable, withRedis } from './driver/redis-availability.ts';
import fillLease from './scripts/fill-lease-1.lua';

/** A user's progress in a quest, as JSON. */
export type QuestProgress = Readonly<{
  completions: number;
  /** The first event that counts, as ISO 8601; null: none. */
  startedAt: string | null;
  /** Per step how many of its events count. */
  done: readonly number[];
}>;

export type QuestCache = Readonly<{
  /**
   * The progress in a quest: of a hot campaign as it is cached, else as it is loaded, which then
   * fills the cache. It is as old as the load at most, unless Redis missed that it was forgotten.
   */
  read: (quest: QuestName, load: () => Promise<QuestProgress>) => Promise<QuestProgress>;
  /**
   * Removes what is cached of quests, after a change of them is committed. Where Redis is
   * unavailable, what is cached there expires.
   */
  forget: (quests: readonly QuestName[]) => Promise<void>;
}>;

type Options = Readonly<{
  /** How long progress is cached, and so its maximum age if Redis missed a change. */
  keptMs?: number;
}>;

/** A load takes no longer. */
const leaseMs = 60_000;

/** A reader that waits can read Postgres instead. */
const redisMs = 250;

/** Keys of one command: bounds how long it blocks Redis. */
const keysMax = 500;

const leasePrefix = 'lease ';

/**
 * The progress of users in the quests of hot campaigns, for readers. A reader that misses it takes
 * a lease, loads, and fills the cache if the lease is still there. A change removes the lease, so
 * nothing that was read before the change is cached after it.
 */
export const questCache = (
  redis: RedisConnection,
  circuit: RedisCircuit,
  { keptMs = 600_000 }: Options = {},
): QuestCache => {
  const scripts = defineScripts(redis, { fillLease: { lua: fillLease, numberOfKeys: 1 } });

  const orUndefined = <Result>(commands: () => Promise<Result>): Promise<Result | undefined> =>
    whereAvailable(circuit, () => withRedis(commands), redisMs);

  /** The progress or a lease; undefined for a cold campaign. */
  const find = async (quest: QuestName): Promise<string | undefined> => {
    const heatedIn = await redis.zscore(hotSetKey(quest.tenantId), quest.campaignId);
    if (heatedIn === null) return undefined;
    const lease = leasePrefix + randomUUID();
    return (await redis.set(progressKey(quest), lease, 'PX', leaseMs, 'NX', 'GET')) ?? lease;
  };

  return {
    read: async (quest, load) => {
      const found = await orUndefined(() => find(quest));
      if (found === undefined) return load();
      if (!found.startsWith(leasePrefix)) return JSON.parse(found) as QuestProgress;
      const progress = await load();
      await orUndefined(() =>
        scripts.fillLease(progressKey(quest), found, JSON.stringify(progress), keptMs),
      );
      return progress;
    },

    forget: async (quests) => {
      const keys = [...new Set(quests.map(progressKey))];
      // On a cluster they are in several slots.
      const commands = slices(keys, redis.isCluster ? 1 : keysMax);
      await orUndefined(() => Promise.all(commands.map((own) => redis.unlink(...own))));
    },
  };
};
