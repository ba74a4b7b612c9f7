import { pino } from 'pino';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { expiringIncentives } from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { lotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { ladderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { tierStore } from '#shared/stores/postgres/tenants/tier-store.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';

/** What expire-rewards needs except publisher and clock; it writes no balance to Redis. */
export const expiryParts = (sql: Sql) => ({
  tenants: tenantStore(sql),
  lots: lotStore(sql),
  tiers: tierStore(sql),
  ladderReviews: ladderReviews(sql),
  reservations: walletStore(sql),
  incentives: expiringIncentives(sql),
  incentiveLog: incentiveLog(sql),
  balances: { writeThrough: () => Promise.resolve('written' as const) },
  outbox: outbox(sql),
  log: pino({ level: 'silent' }),
});
