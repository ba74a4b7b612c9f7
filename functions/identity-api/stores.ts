import type { Publisher } from '#shared/eventing/publisher.ts';
import type { PhoneRegion } from '#shared/matching/phone-regions.ts';
import { createAfterCommit } from '#shared/runtime/after-commit.ts';
import { countCarriedPoints } from '#shared/runtime/count-carried-points.ts';
import type { CustomerHashes } from '#shared/runtime/customer-hashes.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { SecretBox } from '#shared/runtime/secret-box.ts';
import { customerReader } from '#shared/stores/postgres/customers/customer-reader.ts';
import { eraseCustomer } from '#shared/stores/postgres/customers/erase-customer.ts';
import { linkDecisions } from '#shared/stores/postgres/customers/links/link-decisions.ts';
import { linkReader } from '#shared/stores/postgres/customers/links/link-reader.ts';
import { matchingModels } from '#shared/stores/postgres/customers/matching-models.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import { personKeys } from '#shared/stores/postgres/privacy/person-keys.ts';
import { personalRecords } from '#shared/stores/postgres/privacy/personal-records.ts';
import { earningsOf, tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  balanceCache,
  guardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import type { Dependencies } from './dependencies.ts';
import { createReassign } from './reassign.ts';
import { createSearchKeys } from './search-keys.ts';

type Clients = Readonly<{
  sql: Sql;
  redis: RedisConnection;
  publisher: Publisher;
  log: Logger;
  clock: Clock;
  masterKeys: SecretBox;
  hashes: CustomerHashes;
  region: PhoneRegion;
}>;

/** Everything the routes need. */
export const stores = (clients: Clients): Dependencies => {
  const { sql, redis, publisher, log, clock, masterKeys, hashes } = clients;
  const tenants = tenantStore(sql);
  const cache = guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql));
  const afterCommit = createAfterCommit({
    write: (balances) => writeWithBoards({ tenants, cache }, balances),
    publisher,
    outbox: outbox(sql),
    log,
  });
  return {
    customers: customerReader(sql, personKeys(sql, { masterKeys })),
    links: linkReader(sql),
    decisions: linkDecisions(
      sql,
      createReassign({
        clock,
        masterKeys,
        nameAndPhoneHash: hashes.nameAndPhone,
        matchingOf: matchingModels(sql, { masterKeys }).find,
        earningsOf: async (tenantId) => earningsOf(await tenants.find(tenantId)),
      }),
    ),
    afterCommit: (committed) => {
      countCarriedPoints(committed.domainEvents);
      return afterCommit(committed);
    },
    noteRead: personalRecords(sql).noteRead,
    searchKeys: createSearchKeys(clients),
    eraseCustomer: (key, subject) => eraseCustomer(sql, key, subject),
    findErasure: erasures(sql).find,
  };
};
