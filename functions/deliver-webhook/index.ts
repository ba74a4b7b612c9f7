import { incentiveDecoder } from '#shared/eventing/avro/incentive-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { guardedAgent } from '#shared/runtime/outbound/guarded-agent.ts';
import { outboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { deliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { announceChange, changeNotices } from '#shared/stores/redis/change-notices.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { webhookChannel } from '#shared/stores/redis/driver/keys.ts';
import { shape } from './config.ts';
import { createDisable } from './disable-endpoint.ts';
import { fairTurns } from './fair-turns.ts';
import { deliverWebhooks } from './handler.ts';
import { knownEndpoints } from './known-endpoints.ts';
import { sendTurn } from './send-turn.ts';

const name = 'deliver-webhook';
const config = readConfig(shape);
const log = createLogger(name);
const clock = systemClock;
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);
const notices = changeNotices(redis, webhookChannel);
const publisher = kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name });
const store = deliveryStore(sql);
const targets = outboundTargets(config);
const dispatcher = guardedAgent({ targets });
const turns = fairTurns({
  turnsMax: 64,
  tenantTurnsMax: 4,
  // Longer waits are for the tick, every minute.
  waitMsMax: 60_000,
  turn: sendTurn({
    ...{ store, clock, log },
    disable: createDisable({
      ...{ store, clock },
      announcing: { publisher, outbox: outbox(sql), log },
      notify: (tenantId) =>
        announceChange(redis, webhookChannel, tenantId).catch((error: unknown) => {
          log.warn({ err: error, tenantId }, 'could not notify pods; their caches expire by age');
        }),
    }),
    secrets: secretBox(config.WEBHOOK_SECRET_KEYS),
    calling: {
      ...{ dispatcher, targets, origin: config.WEBHOOK_ORIGIN },
      timeoutMs: config.WEBHOOK_TIMEOUT_SECONDS * 1000,
    },
    random: Math.random,
  }),
});

await serveEvents({
  name,
  main: import.meta.main,
  handlers: deliverWebhooks({
    ...{ store, turns },
    endpoints: knownEndpoints({ store, notices }),
    logDays: config.WEBHOOK_LOG_DAYS,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher,
  decode: incentiveDecoder(config),
  close: [
    turns.close,
    notices.close,
    () => dispatcher.close(),
    () => closePostgres(sql),
    () => redis.quit(),
  ],
});
