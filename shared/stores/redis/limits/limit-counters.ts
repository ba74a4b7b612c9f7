import type { Usage } from '#shared/domain/limits/usage.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { limitPrefix } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import writeCounters from '../scripts/write-counters-n.lua';
import { counterText, usageInCounter } from './counter-text.ts';

type Usages = ReadonlyMap<string, Usage>;

/**
 * The usage of a tenant's limits as Postgres committed it a moment ago: a hint, never a decision.
 * Every method throws Unavailable when Redis is unavailable, and may be repeated.
 */
export type LimitCounters = Readonly<{
  /**
   * Reads the usage of subjects in one round trip; subjects without a counter are not in the
   * result.
   */
  read: (tenantId: string, subjects: readonly string[]) => Promise<Usages>;
  /**
   * Sets the counters of subjects to committed usage, unless they are newer already. Calls may
   * arrive in any order.
   */
  write: (tenantId: string, usages: Usages) => Promise<void>;
}>;

type Options = Readonly<{
  /** How long a counter lives after it was last written. */
  keptMs?: number;
}>;

/**
 * Counters of one script call: bounds how long it blocks Redis. On a cluster each is in a slot of
 * its own.
 */
const countersMax = 250;

/**
 * Counters of limits in Redis: hints about which caps are probably full, before Postgres is
 * queried.
 */
export const limitCounters = (
  redis: RedisConnection,
  { keptMs = 3_600_000 }: Options = {},
): LimitCounters => {
  const scripts = defineScripts(redis, { writeCounters: { lua: writeCounters } });
  const keysOf = (tenantId: string, subjects: readonly string[]) =>
    subjects.map((subject) => limitPrefix(tenantId) + subject);
  return {
    read: (tenantId, subjects) =>
      withRedis(async () => {
        if (subjects.length === 0) return new Map();
        const counters = await readAll(redis, keysOf(tenantId, subjects));
        return new Map(
          subjects.flatMap((subject, index) => {
            const text = counters[index];
            return text ? [[subject, usageInCounter(text)] as const] : [];
          }),
        );
      }),

    write: (tenantId, usages) =>
      withRedis(async () => {
        const calls = slices([...usages], redis.isCluster ? 1 : countersMax).map((slice) =>
          scripts.writeCounters(
            slice.length,
            ...keysOf(
              tenantId,
              slice.map(([subject]) => subject),
            ),
            keptMs,
            ...slice.map(([, usage]) => counterText(usage)),
          ),
        );
        await Promise.all(calls);
      }),
  };
};

/** On a cluster, where MGET reads one slot only, a GET each; all of them are sent at once. */
const readAll = (redis: RedisConnection, keys: readonly string[]) =>
  redis.isCluster ? Promise.all(keys.map((key) => redis.get(key))) : redis.mget([...keys]);
