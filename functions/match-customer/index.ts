import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { markLater } from '#shared/runtime/events/publish-events.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { shape } from './config.ts';
import { createHandlers } from './create-handlers.ts';

const name = 'match-customer';
const config = readConfig(shape);
const sql = connectPool(config);
const domainEvents = outbox(sql);
const marker = markLater(domainEvents.remove, { log: createLogger(name) });

await serveEvents({
  name,
  main: import.meta.main,
  handlers: createHandlers(sql, config, {
    batchItemsMax: { dotnet: config.DOTNET_BATCH_ITEMS_MAX, store: config.STORE_BATCH_ITEMS_MAX },
    commitBatchesMax: config.COMMIT_BATCHES_MAX,
    outbox: { ...domainEvents, remove: marker.mark },
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  decode: avroDecoder(config),
  close: [marker.idle, () => closePostgres(sql)],
});
