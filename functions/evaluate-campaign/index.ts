import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { campaignCache } from '#shared/rules/campaign-cache.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { markLater } from '#shared/runtime/events/publish-events.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import {
  closePostgres,
  connectPool,
  openConnections,
} from '#shared/stores/postgres/driver/connect-pool.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { cachedMemberships } from '#shared/stores/redis/cohorts/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { questCache } from '#shared/stores/redis/quest-cache.ts';
import { shape } from './config.ts';
import { evaluateCampaign } from './handler.ts';

const config = readConfig(shape);
const sql = connectPool(config, { plansOnce: true });
const redis = connectRedis(config.REDIS_URL);
const circuit = redisCircuit();
const domainEvents = outbox(sql);
const marker = markLater(domainEvents.remove, { log: createLogger('evaluate-campaign') });
const notices = changeNotices(redis, campaignChannel);

await serveEvents({
  name: 'evaluate-campaign',
  main: import.meta.main,
  handlers: evaluateCampaign({
    campaigns: campaignCache({ ...campaignIndex(sql), notices }),
    memberships: cachedMemberships({
      memberships: cohortMemberships(sql),
      bitmaps: cohortBitmaps(redis),
      circuit,
    }),
    events: eventStore(sql),
    outbox: { ...domainEvents, remove: marker.mark },
    clock: systemClock,
    questCache: questCache(redis, circuit),
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: 'evaluate-campaign' }),
  decode: avroDecoder(config),
  warmers: [() => openConnections(sql), () => redis.ping()],
  close: [marker.idle, () => notices.close(), () => closePostgres(sql), () => redis.quit()],
});
