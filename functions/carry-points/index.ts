import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { shape } from './config.ts';
import { carryEvents } from './handler.ts';

const name = 'carry-points';
const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: carryEvents({
    carrier: accountCarrier(sql),
    tenants: tenantStore(sql),
    balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql)),
    outbox: outbox(sql),
    clock: systemClock,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  close: [() => closePostgres(sql), () => redis.quit()],
});
