import { z } from 'zod';
import { countMax } from '#shared/domain/sketch/count-min-sketch.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of update-sketch. */
export const shape = {
  /** Sketches and hot sets. */
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Without it hits are acknowledged and not counted: nothing heats up, and what is hot cools. */
  HOT_ENABLED: z.stringbool().default(true),
  /** Percentage of tenants whose hits are counted, for a gradual rollout. */
  HOT_TENANTS_PERCENT: z.coerce.number().int().min(0).max(100).default(100),
  /** Hits in a window from which a campaign is hot: what a counter can hold, at most. */
  HOT_THRESHOLD: count.max(countMax).default(5_000),
  HOT_WINDOW_SECONDS: count.default(600),
  /** 1: the hits of the current window count. 2: those of the one before it do, too. */
  HOT_WINDOWS: z.coerce.number().int().min(1).max(2).default(1),
  /** Hits that the busiest tenant has in a window: the width of sketches follows from it. */
  HOT_EXPECTED_HITS: count.default(600_000),
  /** Hits joined into one round trip at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...requestShape,
};
