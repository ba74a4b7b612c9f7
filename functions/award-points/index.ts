import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { earningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';
import { refundStore } from '#shared/stores/postgres/earning/refund-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { shape } from './config.ts';
import { awardPoints } from './handler.ts';

const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);

await serveEvents({
  name: 'award-points',
  main: import.meta.main,
  handlers: awardPoints({
    tenants: tenantStore(sql),
    ledger: ledgerStore(sql),
    earnings: earningStore(sql),
    refunds: refundStore(sql),
    progress: orderProgressStore(sql),
    outbox: outbox(sql),
    balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql)),
    clock: systemClock,
    log: createLogger('award-points'),
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: 'award-points' }),
  close: [() => closePostgres(sql), () => redis.quit()],
});
