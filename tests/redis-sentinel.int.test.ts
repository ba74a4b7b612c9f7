/**
 * The primary is killed: sentinels promote its replica, functions continue, and nothing is lost.
 */

import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { compareBalances } from '#functions/reconcile-rewards/compare-balances.ts';
import { writeDeferred } from '#functions/reconcile-rewards/write-deferred.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { comparisonPosition } from '#shared/stores/postgres/ledger/comparison-position.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { redisUnderSentinel } from '#shared/testing/servers/redis-servers.ts';
import { testSql } from '#shared/testing/servers/servers.ts';

const { url, primary, replica } = await redisUnderSentinel();
const redis = connectRedis(url);
const sql = await testSql({ max: 2 });
const notices = changeNotices(redis, 'sentinel-test');
afterAll(async () => {
  await notices.close();
  redis.disconnect();
});

const board: Board = { tenantId: 'default', board: 'main', tiePolicy: 'competition' };
const cache = balanceCache(redis);
const unwritten = unwrittenBalances(sql);
const guarded = guardedBalanceCache(cache, unwritten, { circuit: redisCircuit({ restMs: 100 }) });

/**
 * One commit, as a function makes it: first Postgres, then Redis, or a row that reconcile-rewards
 * repeats.
 */
const award = async (customerId: string, points: number): Promise<string> => {
  const [balance] = await sql<Balance[]>`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at, updated_at)
    values ('default', ${customerId}, 'points', ${points}, ${points}, 1, now(), now() - interval '1 minute')
    on conflict (tenant_id, customer_id, program)
    do update set points = excluded.points, lifetime = excluded.lifetime, version = points_balances.version + 1
    returning tenant_id, customer_id, program, points, pending, reserved, lifetime, version,
      reached_at`;
  return guarded.writeThrough([balance!], () => [board]);
};

const replicaIsPrimary = async () =>
  String(await replica.ask('INFO', 'replication')).includes('role:master');

it('continues with the replica once it is promoted, and repairs from Postgres what Redis lost', async () => {
  await expect.poll(() => notices.isListening()).toBe(true);
  for (let customer = 0; customer < 50; customer += 1)
    expect(await award(`c-${customer}`, customer)).toBe('written');

  const before = notices.generation('a');
  await primary.server.kill();
  let round = 0;
  const outcomes: string[] = [];
  const writeRound = async () => {
    round += 1;
    outcomes.push(await award(`c-${round % 60}`, 1_000 + round));
    return outcomes.at(-1) === 'written' && (await replicaIsPrimary());
  };
  await expect.poll(writeRound, { timeout: 60_000 }).toBe(true);
  expect(outcomes[0]).toBe('deferred');
  expect(notices.generation('a')).not.toBe(before);
  await expect.poll(() => notices.isListening()).toBe(true);

  // Simulates what a replica had not received when its primary died.
  await redis.hset('balance:{default}:points:c-49', { points: 1, version: 0 });
  await redis.unlink('balance:{default}:points:c-48');
  const tenants = tenantStore(sql);
  await writeDeferred({ unwritten, cache, tenants });
  const dependencies = { currentBalances: currentBalances(sql), position: comparisonPosition(sql) };
  const log = pino({ level: 'silent' });
  await compareBalances({ ...dependencies, cache, tenants, log }, 1_000);
  const truth = await dependencies.currentBalances.page(undefined, { balancesMax: 100 });
  expect(truth.length).toBeGreaterThanOrEqual(50);
  for (const { isSettled: _settled, mayBeExpired: _expired, ...balance } of truth) {
    expect(await cache.read(balance)).toEqual(balance);
    expect(Number(await redis.zscore('board:{default}:main:live', balance.customerId))).toBe(
      balance.points,
    );
  }
});
