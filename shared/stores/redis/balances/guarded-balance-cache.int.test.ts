import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { connectRedis } from '../driver/connect.ts';
import { redisCircuit } from '../driver/redis-availability.ts';
import { balanceCache, guardedBalanceCache } from './balance-cache.ts';
import { balanceLookup } from './balance-lookup.ts';

const { url: databaseUrl } = await testDatabase();
const sql = connectPostgres({ url: databaseUrl, max: 2 });
const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/nowhere', max: 1 });
const own = await ownRedis();
const redis = connectRedis(own.url);
afterAll(async () => {
  redis.disconnect();
  await Promise.all([sql.end(), nowhere.end()]);
});

const board: Board = { tenantId: 't1', board: 'main', tiePolicy: 'competition' };
const boardsOf = () => [board];

const balance = (changes: Partial<Balance> = {}) =>
  testBalance({ tenantId: 't1', lifetime: 12, version: 5, ...changes });

const cache = balanceCache(redis);
const unwritten = unwrittenBalances(sql);
/** Its circuit closes at once, and nothing is ever slow, so that time decides nothing. */
const patient = { writeMs: 60_000, readMs: 60_000 };
const circuit = () => redisCircuit({ failuresMax: 1, restMs: 0 });
const guarded = (options: Parameters<typeof guardedBalanceCache>[2] = {}) =>
  guardedBalanceCache(cache, unwritten, { circuit: circuit(), ...patient, ...options });

const noted = () => sql`select customer_id, version from unwritten_balances order by customer_id`;
const livePoints = (customerId = 'c-1') => redis.zscore('board:{t1}:main:live', customerId);
const isBack = async () => (await redis.exists('anything')) === 0;

beforeEach(async () => {
  if (own.server.pid() === undefined) await own.server.start();
  await until(isBack);
  await redis.flushdb();
  await sql`truncate points_balances, unwritten_balances`;
});

describe('guardedBalanceCache', () => {
  it('writes through and defers nothing while Redis is available', async () => {
    expect(await guarded().writeThrough([balance()], boardsOf)).toBe('written');
    expect(await guarded().read(balance())).toEqual(balance());
    expect(await noted()).toEqual([]);
  });

  it('defers to Postgres while Redis is down, and writes again as soon as it is back', async () => {
    const balances = guarded();
    await own.server.kill();
    const newer = balance({ version: 6 });
    expect(await balances.writeThrough([newer, balance()], boardsOf)).toBe('deferred');
    await expect(balances.read(balance())).rejects.toMatchObject({ dependency: 'redis' });
    expect(await noted()).toMatchObject([{ customerId: 'c-1', version: 6 }]);

    await own.server.start();
    const writes = async () =>
      (await balances.writeThrough([balance({ version: 7 })], boardsOf)) === 'written';
    await until(writes);
    expect(await livePoints()).toBe('10');
  });

  it('defers what a hanging Redis does not answer', async () => {
    own.freeze();
    const balances = guarded({ writeMs: 50, readMs: 50 });
    try {
      expect(await balances.writeThrough([balance()], boardsOf)).toBe('deferred');
      await expect(balances.read(balance())).rejects.toMatchObject({ dependency: 'redis' });
    } finally {
      own.thaw();
    }
    expect(await noted()).toMatchObject([{ customerId: 'c-1', version: 5 }]);
  });

  it('sends nothing while the circuit is open', async () => {
    const resting = redisCircuit({ failuresMax: 1, restMs: 3_600_000 });
    const balances = guarded({ circuit: resting });
    await own.server.kill();
    await balances.writeThrough([balance()], boardsOf);
    await own.server.start();
    await until(isBack);
    // Another customer: the write that was given up may still be carried out by the Redis that is
    // back.
    expect(await balances.writeThrough([balance({ customerId: 'c-2' })], boardsOf)).toBe(
      'deferred',
    );
    expect(await livePoints('c-2')).toBeNull();
  });

  it('throws when neither Redis nor Postgres accepts it, so that the event is redelivered', async () => {
    await own.server.kill();
    const balances = guardedBalanceCache(cache, unwrittenBalances(nowhere), {
      circuit: circuit(),
      ...patient,
    });
    await expect(balances.writeThrough([balance()], boardsOf)).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'postgres',
    });
  });

  it('does not hide a command that Redis refuses', async () => {
    await redis.set('balance:{t1}:points:c-1', 'no hash');
    await expect(guarded().writeThrough([balance()], boardsOf)).rejects.toThrow('WRONGTYPE');
    expect(await noted()).toEqual([]);
  });

  it('has nothing to do for an empty batch, even while Redis is down', async () => {
    await own.server.kill();
    expect(await guarded().writeThrough([], boardsOf)).toBe('written');
  });
});

describe('balanceLookup', () => {
  const commit = ({ tenantId, customerId, program, points, lifetime, version }: Balance) =>
    sql`insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
      values (${tenantId}, ${customerId}, ${program}, ${points}, ${lifetime}, ${version}, '2026-11-21T10:00:00.123Z')`;
  const lookup = (balances = guarded(), truth = currentBalances(sql)) =>
    balanceLookup({ cache: balances, truth, boardsOf: () => Promise.resolve([board]) });

  it('answers from the cache where it can', async () => {
    await cache.writeThrough([balance()], boardsOf);
    expect(await lookup(guarded(), currentBalances(nowhere))(balance())).toEqual(balance());
  });

  it('reads a miss from Postgres, and fills cache and boards', async () => {
    await commit(balance());
    expect(await lookup()(balance())).toEqual(balance());
    expect(await cache.read(balance())).toEqual(balance());
    expect(await livePoints()).toBe('10');
  });

  it('never reverses what became newer while it read', async () => {
    await commit(balance());
    const truth = currentBalances(sql);
    const overtaken = {
      ...truth,
      find: async (keys: Parameters<typeof truth.find>[0]) => {
        const found = await truth.find(keys);
        await cache.writeThrough([balance({ version: 6, points: 11 })], boardsOf);
        return found;
      },
    };
    await lookup(guarded(), overtaken)(balance());
    expect((await cache.read(balance()))?.points).toBe(11);
  });

  it('answers from Postgres while Redis is down, and defers nothing', async () => {
    await commit(balance());
    await own.server.kill();
    expect(await lookup()(balance())).toEqual(balance());
    expect(await noted()).toEqual([]);
  });

  it('answers from Postgres when Redis goes down between the miss and the filling', async () => {
    await commit(balance());
    const truth = currentBalances(sql);
    const failing = {
      ...truth,
      find: async (keys: Parameters<typeof truth.find>[0]) => {
        await own.server.kill();
        return truth.find(keys);
      },
    };
    expect(await lookup(guarded(), failing)(balance())).toEqual(balance());
  });

  it('knows no balance of a wallet that does not exist', async () => {
    expect(await lookup()(balance({ customerId: 'nobody' }))).toBeUndefined();
  });
});
