import type { Publisher } from '#shared/eventing/publisher.ts';
import { createAfterCommit } from '#shared/runtime/after-commit.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { pushSettings } from '#shared/stores/postgres/inbox/push-settings.ts';
import { userInbox } from '#shared/stores/postgres/inbox/user-inbox.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import {
  balanceCache,
  guardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import type { Dependencies } from './dependencies.ts';
import { readBalance } from './read-balance.ts';

type Clients = Readonly<{
  sql: Sql;
  redis: RedisConnection;
  publisher: Publisher;
  log: Logger;
}>;

/** Everything the routes need but a clock. */
export const stores = ({ sql, redis, publisher, log }: Clients): Omit<Dependencies, 'clock'> => {
  const tenants = tenantStore(sql);
  const cache = guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql));
  return {
    tenants,
    wallets: walletStore(sql),
    reader: walletReader(sql),
    inbox: userInbox(sql),
    pushSettings: pushSettings(sql),
    readBalance: readBalance({ cache, truth: currentBalances(sql), tenants }),
    afterCommit: createAfterCommit({
      write: (balances) => writeWithBoards({ tenants, cache }, balances),
      publisher,
      outbox: outbox(sql),
      log,
    }),
  };
};
