import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { balanceReader } from '#shared/stores/postgres/ledger/balance-reader.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { shape } from './config.ts';
import { rebuildRanks } from './handler.ts';

const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);

await serveEvents({
  name: 'rebuild-rank-snapshot',
  main: import.meta.main,
  handlers: rebuildRanks({
    tenants: tenantStore(sql),
    rounds: rankRounds(redis),
    truth: balanceReader(sql),
    cache: balanceCache(redis),
    clock: systemClock,
    log: createLogger('rebuild-rank-snapshot'),
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: 'rebuild-rank-snapshot' }),
  close: [() => closePostgres(sql), () => redis.quit()],
});
