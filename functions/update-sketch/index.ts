import { geometryOf, separates } from '#shared/domain/sketch/sketch-geometry.ts';
import { clocksApartMsMax } from '#shared/domain/time/clocks.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { hitSketch } from '#shared/stores/redis/sketch/hit-sketch.ts';
import { hotSet } from '#shared/stores/redis/sketch/hot-set.ts';
import { isInShare } from '#shared/stores/redis/sketch/sketch-columns.ts';
import { shape } from './config.ts';
import { updateSketch } from './handler.ts';

const name = 'update-sketch';
const config = readConfig(shape);
const log = createLogger(name);
const redis = connectRedis(config.REDIS_URL);

const terms = {
  threshold: config.HOT_THRESHOLD,
  hysteresis: 0.5,
  windowSeconds: config.HOT_WINDOW_SECONDS,
};
const expectedHits = config.HOT_EXPECTED_HITS;
const geometry = geometryOf({ ...terms, errorShare: 0.01, failureShare: 0.01, expectedHits });
if (!separates(geometry, terms, expectedHits))
  log.warn({ ...geometry, ...terms, expectedHits }, 'no sketch is precise enough for so many hits');

const windowMs = config.HOT_WINDOW_SECONDS * 1000;

await serveEvents({
  name,
  main: import.meta.main,
  handlers: updateSketch({
    sketch: hitSketch(redis, {
      geometry,
      windows: config.HOT_WINDOWS,
      // Until the last tick that may read it.
      keptMs: 3 * windowMs + 2 * clocksApartMsMax,
      refreshMs: 1_000,
    }),
    hot: hotSet(redis, { keptMs: 2 * windowMs }),
    circuit: redisCircuit(),
    clock: systemClock,
    log,
    terms,
    geometry,
    isCounted: (tenantId) => config.HOT_ENABLED && isInShare(tenantId, config.HOT_TENANTS_PERCENT),
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  close: [() => redis.quit()],
});
