import { shape } from '#functions/match-customer/config.ts';
import { matchCustomers } from '#functions/match-customer/handler.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { matchingModels } from '#shared/stores/postgres/customers/matching-models.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';

const { PERSON_MASTER_KEYS, BLIND_INDEX_KEYS, PHONE_REGION, BLOCK_RECORDS_MAX } = shape;
const variables = { PERSON_MASTER_KEYS, BLIND_INDEX_KEYS, PHONE_REGION, BLOCK_RECORDS_MAX };

/** The handlers of match-customer in this process, with its variables. */
export const localHandlers = (
  sql: Sql,
  environment: NodeJS.ProcessEnv = process.env,
): readonly EventHandler[] => {
  const config = readConfig(variables, environment);
  const hashes = customerHashes(config.BLIND_INDEX_KEYS);
  const masterKeys = secretBox(config.PERSON_MASTER_KEYS);
  return matchCustomers({
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
    batchItemsMax: { dotnet: 1, store: 1 },
    // The batches of an import are large already.
    commitBatchesMax: 1,
  });
};
