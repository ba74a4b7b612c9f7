import { noPublisher } from '#shared/eventing/publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { visibleTransactions } from '#shared/stores/postgres/driver/visible-transactions.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { shape } from './config.ts';
import { projectLimits } from './handler.ts';

const name = 'project-limits';
const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: projectLimits({
    transactions: visibleTransactions(sql),
    limits: limitReader(sql),
    counters: limitCounters(redis),
    clock: systemClock,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: noPublisher,
  close: [() => closePostgres(sql), () => redis.quit()],
});
