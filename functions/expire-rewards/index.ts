import { incentiveEncoder } from '#shared/eventing/avro/incentive-encoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { expiringIncentives } from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { lotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { ladderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { tierStore } from '#shared/stores/postgres/tenants/tier-store.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { shape } from './config.ts';
import { expireRewards } from './handler.ts';

const name = 'expire-rewards';
const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);
const publisher = kafkaPublisher({
  ...{ brokers: config.KAFKA_BROKERS, clientId: name },
  encoder: incentiveEncoder(config),
});

await serveEvents({
  name,
  main: import.meta.main,
  handlers: expireRewards({
    tenants: tenantStore(sql),
    lots: lotStore(sql),
    tiers: tierStore(sql),
    ladderReviews: ladderReviews(sql),
    reservations: walletStore(sql),
    incentives: expiringIncentives(sql),
    incentiveLog: incentiveLog(sql),
    balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql)),
    outbox: outbox(sql),
    publisher,
    clock: systemClock,
    log: createLogger(name),
  }),
  publisher,
  close: [() => closePostgres(sql), () => redis.quit()],
});
