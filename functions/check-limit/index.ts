import { incentiveEncoder } from '#shared/eventing/avro/incentive-encoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { markLater } from '#shared/runtime/events/publish-events.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import {
  closePostgres,
  connectPool,
  openConnections,
} from '#shared/stores/postgres/driver/connect-pool.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { knownTerms, limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { shape } from './config.ts';
import { checkLimit } from './handler.ts';
import { limitHints } from './limit-hints.ts';

const config = readConfig(shape);
const sql = connectPool(config, { plansOnce: true });
const redis = connectRedis(config.REDIS_URL);
const circuit = redisCircuit();
const log = incentiveLog(sql);
const marker = markLater(log.markPublished, { log: createLogger('check-limit') });

await serveEvents({
  name: 'check-limit',
  main: import.meta.main,
  handlers: checkLimit({
    tenants: tenantStore(sql),
    currentBalances: currentBalances(sql),
    terms: knownTerms(limitReader(sql)),
    hints: limitHints({ counters: limitCounters(redis), circuit }),
    incentives: incentiveStore(sql),
    log: { ...log, markPublished: marker.mark },
    balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql), { circuit }),
    clock: systemClock,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({
    ...{ brokers: config.KAFKA_BROKERS, clientId: 'check-limit' },
    encoder: incentiveEncoder(config),
  }),
  warmers: [() => openConnections(sql), () => redis.ping()],
  close: [marker.idle, () => closePostgres(sql), () => redis.quit()],
});
