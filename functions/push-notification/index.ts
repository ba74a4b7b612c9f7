import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { noPublisher } from '#shared/eventing/publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import {
  closePostgres,
  connectPool,
  openConnections,
} from '#shared/stores/postgres/driver/connect-pool.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { mobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import { unpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { shape } from './config.ts';
import { pushNotification } from './handler.ts';
import { mobileGateways } from './mobile/mobile-gateways.ts';
import { pushSender } from './mobile/push-sender.ts';

const name = 'push-notification';
const config = readConfig(shape);
const sql = connectPool(config, { plansOnce: true });
const log = createLogger(name);
const gateways = mobileGateways(config, log);
const pushes = mobilePushes(sql);
const sender = pushSender({ ...{ pushes, gateways, log }, clock: systemClock });
const redis = connectRedis(config.REDIS_URL);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: pushNotification({
    inboxes: inboxStore(sql),
    unpublished: unpublishedInboxes(sql),
    stream: inboxStream(redis),
    circuit: redisCircuit(),
    pushes,
    sender,
    clock: systemClock,
    log,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: noPublisher,
  decode: avroDecoder(config),
  warmers: [() => openConnections(sql), () => redis.ping()],
  close: [sender.close, () => gateways.close(), () => closePostgres(sql), () => redis.quit()],
});
