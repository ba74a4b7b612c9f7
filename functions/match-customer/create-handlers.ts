import type { z } from 'zod';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { matchingModels } from '#shared/stores/postgres/customers/matching-models.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { storedNames } from '#shared/stores/postgres/customers/records/stored-names.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { matchingShape } from './config.ts';
import { matchCustomers } from './handler.ts';

type Dependencies = Parameters<typeof matchCustomers>[0];
type Options = Pick<Dependencies, 'batchItemsMax' | 'commitBatchesMax'> &
  Partial<Pick<Dependencies, 'outbox'>>;

/** The handlers of match-customer with its stores, for the function and for imports. */
export const createHandlers = (
  sql: Sql,
  config: z.output<z.ZodObject<typeof matchingShape>>,
  options: Options,
): readonly EventHandler[] => {
  const hashes = customerHashes(config.BLIND_INDEX_KEYS);
  const masterKeys = secretBox(config.PERSON_MASTER_KEYS);
  return matchCustomers({
    customers: recordCustomers(sql, {
      masterKeys,
      nameAndPhoneHash: hashes.nameAndPhone,
      blockRecordsMax: config.BLOCK_RECORDS_MAX,
      indexKeyIds: hashes.keyIds,
    }),
    hashes,
    region: config.PHONE_REGION,
    shard: config.PHONE_RANGE && {
      range: config.PHONE_RANGE,
      storedNames: (tenantId, records) => storedNames(sql, tenantId, records),
    },
    matchingOf: matchingModels(sql, { masterKeys }).find,
    tenants: tenantStore(sql),
    outbox: outbox(sql),
    clock: systemClock,
    ...options,
  });
};
