/**
 * What changes with every order is in no index, so that its updates are heap-only: they write no
 * index, and need no vacuum.
 */

import { expect, it } from 'vitest';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { lotIdOf } from '#shared/testing/worlds/wallets.ts';
import { inTransaction } from '../driver/transaction.ts';
import { incentiveLog, recordIncentiveEvents } from '../incentives/incentive-log.ts';
import { addUsage } from '../limits/limit-usage.ts';
import { walletStore } from '../wallets/wallet-store.ts';
import { ledgerStore } from './ledger-store.ts';

// One connection, so that it alone decides when its statistics are published.
const sql = await testSql({ max: 1 });

const now = new Date('2026-11-21T10:00:00Z');
const june = new Date('2027-06-01T00:00:00Z');
const numbers = Array.from({ length: 100 }, (_, number) => number);
const walletOf = (number: number) => ({
  ...{ tenantId: 'default', program: 'points', customerId: `c-${number}` },
});

/**
 * How many updates a table has had, and how many of them wrote its indexes although their page had
 * room. A page has none for long while a transaction in any database of the server keeps old
 * versions from being reclaimed.
 */
const updatesOf = async (table: string) => {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ all: number; indexed: number }]>`
    select n_tup_upd as all, n_tup_upd - n_tup_hot_upd - n_tup_newpage_upd as indexed
    from pg_stat_user_tables where relname = ${table}`;
  return row;
};

const spend = (number: number, points: number, commit: boolean) => {
  const redemptionId = derivedId('spend', String(number), String(points));
  const request = { ...walletOf(number), redemptionId, now, cause: '/test spend' };
  const reservation = { ...request, points, reference: undefined, createdBy: 'shop' };
  const domainEvent = () => ({ id: redemptionId, time: now });
  return walletStore(sql).reserve({ ...reservation, timesOutAt: june, commit }, domainEvent);
};

it('spending is heap-only for lots and balances, and lots that are empty leave', async () => {
  const earned = numbers.map((number) => {
    const wallet = walletOf(number);
    const lotId = lotIdOf(wallet, june);
    return earnEntry({ ...wallet, orderId: `o-${number}`, points: 10, lotId, expiresAt: june });
  });
  await ledgerStore(sql).commit(earned);
  for (const number of numbers) {
    await spend(number, 3, true);
    await spend(number, 2, false);
  }
  expect(await updatesOf('points_lots')).toEqual({ all: 200, indexed: 0 });
  expect(await updatesOf('points_balances')).toEqual({ all: 200, indexed: 0 });
  expect(await sql`select from points_lots where points = 7 and reserved = 2`).toHaveLength(100);

  await sql`update redemptions set times_out_at = ${now} where status = 'RESERVED'`;
  for (const number of numbers) await spend(number, 7, true);
  expect(await sql`select from points_lots`).toHaveLength(0);
});

it('counting usage is heap-only', async () => {
  const changes = numbers.map((number) => ({
    ...{ tenantId: 'default', subject: `user:u-${number}`, day: '2026-11-21', unit: 'POINTS' },
    ...{ isShared: false, count: 1, amount: 5 },
  }));
  await inTransaction(sql, (tx) => addUsage(tx, changes));
  for (const change of changes) await inTransaction(sql, (tx) => addUsage(tx, [change]));
  expect(await updatesOf('limit_usage')).toEqual({ all: 100, indexed: 0 });
});

it('paying many customers at once is heap-only for their balances', async () => {
  const customers = Array.from({ length: 400 }, (_, number) => number);
  const pay = (order: string) =>
    ledgerStore(sql).commit(
      customers.map((number) =>
        earnEntry({
          ...walletOf(number),
          customerId: `many-${number}`,
          orderId: `${order}-${number}`,
        }),
      ),
    );
  const hot = async () => {
    await sql`select pg_stat_force_next_flush()`;
    const [row] = await sql<[{ all: number; hot: number }]>`
      select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_user_tables where relname = 'points_balances'`;
    return row;
  };
  await pay('first');
  const before = await hot();
  await pay('second');
  const after = await hot();
  expect(after.all - before.all).toBe(400);
  expect(after.hot - before.hot).toBeGreaterThanOrEqual(350);
});

it('publishing events of incentives rewrites no row of their log, and empties the queue', async () => {
  await sql`alter table incentive_event_log drop constraint incentive_event_log_incentive_id_fkey`;
  const events = numbers.map((number) => ({
    ...{ tenantId: 'default', userId: `u-${number}`, event: 'generated' as const },
    incentiveId: derivedId('incentive', String(number)),
  }));
  const log = incentiveLog(sql);
  await inTransaction(sql, (tx) => recordIncentiveEvents(tx, events, () => undefined));
  await log.keep(events.slice(0, 10).map((event) => ({ ...event, error: new Error('lost') })));
  await log.markPublished(events);
  await log.markPublished(events);
  await sql`select pg_stat_force_next_flush()`;
  const [work] = await sql`
    select n_tup_ins::int as inserted, n_tup_upd::int as updated, n_tup_del::int as deleted
    from pg_stat_user_tables where relname = 'incentive_event_log'`;
  expect(work).toEqual({ inserted: 100, updated: 0, deleted: 0 });
  expect(await sql`select from unpublished_incentive_events`).toHaveLength(0);
});
