import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { knownTerms, limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import type { RedisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';

type Clients = Readonly<{ sql: Sql; redis: RedisConnection; circuit: RedisCircuit }>;

/** What check-limit needs except its hints, with its own caches. */
export const limitParts = ({ sql, redis, circuit }: Clients) => ({
  tenants: tenantStore(sql),
  currentBalances: currentBalances(sql),
  terms: knownTerms(limitReader(sql)),
  incentives: incentiveStore(sql),
  log: incentiveLog(sql),
  balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql), { circuit }),
  // Half a day after `qualificationOf`: usage is only kept for 400 days.
  clock: () => new Date('2026-11-21T00:00:00Z'),
  batchItemsMax: 100,
});
