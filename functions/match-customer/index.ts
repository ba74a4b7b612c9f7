import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect.ts';
import { shape } from './config.ts';
import { createHandlers } from './create-handlers.ts';

const name = 'match-customer';
const config = readConfig(shape);
const sql = connectPool(config);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: createHandlers(sql, config, {
    batchItemsMax: { dotnet: config.DOTNET_BATCH_ITEMS_MAX, store: config.STORE_BATCH_ITEMS_MAX },
    commitBatchesMax: config.COMMIT_BATCHES_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  decode: avroDecoder(config),
  close: [() => closePostgres(sql)],
});
