import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { realTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import { realTimeMembers } from '#shared/stores/postgres/cohorts/real-time-members.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { shape } from './config.ts';
import { updateCohorts } from './handler.ts';
import { knownCohorts } from './known-cohorts.ts';

const name = 'update-cohort';
const config = readConfig(shape);
const sql = connectPool(config);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: updateCohorts({
    cohorts: knownCohorts(realTimeCohorts(sql)),
    members: realTimeMembers(sql),
    outbox: outbox(sql),
    clock: systemClock,
    batchItemsMax: config.BATCH_ITEMS_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  decode: avroDecoder(config),
  close: [() => closePostgres(sql)],
});
