import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { matchingModels } from '#shared/stores/postgres/customers/matching-models.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { closePostgres, connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { shape } from './config.ts';
import { matchCustomers } from './handler.ts';

const name = 'match-customer';
const config = readConfig(shape);
const sql = connectPostgres({
  url: config.DATABASE_URL,
  max: config.DATABASE_POOL_MAX,
  requestMs: config.REQUEST_SECONDS * 1000,
});
const hashes = customerHashes(config.BLIND_INDEX_KEYS);
const masterKeys = secretBox(config.PERSON_MASTER_KEYS);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: matchCustomers({
    customers: recordCustomers(sql, {
      masterKeys,
      nameAndPhoneHash: hashes.nameAndPhone,
      blockRecordsMax: config.BLOCK_RECORDS_MAX,
    }),
    hashes,
    region: config.PHONE_REGION,
    matchingOf: matchingModels(sql, { masterKeys }).find,
    tenants: tenantStore(sql),
    outbox: outbox(sql),
    clock: systemClock,
    batchItemsMax: { dotnet: config.DOTNET_BATCH_ITEMS_MAX, store: config.STORE_BATCH_ITEMS_MAX },
    commitBatchesMax: config.COMMIT_BATCHES_MAX,
  }),
  publisher: kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name }),
  decode: avroDecoder(config),
  close: [() => closePostgres(sql)],
});
