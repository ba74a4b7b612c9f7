/**
 * recompute-cohort, whose changes are made as of hours ago: they take effect minutes to hours
 * ahead, for which no benchmark waits. Bitmaps are those of now.
 */

import { shape } from '#functions/recompute-cohort/config.ts';
import { recomputeCohorts } from '#functions/recompute-cohort/handler.ts';
import { createRefreshBitmaps } from '#functions/recompute-cohort/refresh-bitmaps.ts';
import { kafkaPublisher } from '#shared/eventing/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { cohortWindows } from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import { recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import { closePostgres, connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohort-bitmaps.ts';
import { connectRedis } from '#shared/stores/redis/connect.ts';

const name = 'recompute-cohort';
const behindMs = 4 * 3_600_000;
const config = readConfig(shape);
const sql = connectPostgres({
  url: config.DATABASE_URL,
  max: config.DATABASE_POOL_MAX,
  requestMs: config.REQUEST_SECONDS * 1000,
});
const redis = connectRedis(config.REDIS_URL);
const log = createLogger(name);
const publisher = kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name });

await serveEvents({
  name,
  main: import.meta.main,
  handlers: recomputeCohorts({
    recomputations: recomputations(sql),
    exclusively: (what, work) => exclusively(sql, `${name} ${what}`, work),
    refreshBitmaps: createRefreshBitmaps({
      windows: cohortWindows(sql),
      bitmaps: cohortBitmaps(redis),
      clock: systemClock,
      log,
    }),
    outbox: outbox(sql),
    publisher,
    clock: () => new Date(Date.now() - behindMs),
    runMsMax: config.REQUEST_SECONDS * 400,
    log,
  }),
  publisher,
  close: [() => closePostgres(sql), () => redis.quit()],
});
