import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { until } from '#shared/testing/until.ts';
import { connectPostgres } from './connect.ts';
import { openConnections } from './connect-pool.ts';
import { inTransaction, withPostgres } from './transaction.ts';

const { url } = await testDatabase();
const proxy = await tcpProxy({ port: Number(new URL(url).port) });
const through = new URL(url);
through.port = String(proxy.port);
const sql = connectPostgres({ url: through.href, max: 2, requestMs: 6_000 });
const direct = connectPostgres({ url, max: 1 });
afterEach(() => proxy.restore());
afterAll(async () => {
  await Promise.all([sql.end({ timeout: 1 }), direct.end()]);
  await proxy.close();
});
await direct`create table done (what text)`;

const select = () => withPostgres(async () => sql`select 1 as one`);
const answers = async () => (await select())[0]?.['one'] === 1;

describe('a row', () => {
  it('has its columns in camelCase, whichever way it is read, and JSON as it is', async () => {
    const row = { orderId: 'o-1', trace: { rule_version: [{ tier_name: 'gold' }] } };
    const select = () => direct`
      select order_id, trace::json from unnest(${[row.orderId]}::text[], ${[JSON.stringify(row.trace)]}::text[])
        as wanted (order_id, trace)`;
    expect(await select()).toEqual([row]);
    for await (const rows of select().cursor(1)) expect(rows).toEqual([row]);
    await direct`create table orders (order_id text)`;
    const inserted =
      await direct`insert into orders values ('o-1') returning order_id, 2 as "lineNo"`;
    expect(inserted).toEqual([{ orderId: 'o-1', lineNo: 2 }]);
  });
});

describe('a pool with a limit, while the network is silent', () => {
  it('rejects every statement and transaction that is in progress, and works once the network is back', async () => {
    await until(answers);
    const begun = Promise.withResolvers<undefined>();
    const cut = Promise.withResolvers<undefined>();
    const committing = inTransaction(sql, async (transaction) => {
      await transaction`insert into done values ('lost')`;
      begun.resolve(undefined);
      await cut.promise;
    });
    await begun.promise;
    proxy.blackHole();
    cut.resolve(undefined);
    const pending = [committing, ...Array.from({ length: 20 }, select)];
    const outcomes = await Promise.allSettled(pending);
    for (const outcome of outcomes)
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(Unavailable);
    proxy.restore();
    await until(answers);
  });

  it('does not interrupt a slow statement whose connection receives data', async () => {
    const readSlowly = async () => {
      const rows = sql`select n, pg_sleep(0.1) from generate_series(1, 30) n`.cursor(1);
      let count = 0;
      for await (const _row of rows) count += 1;
      return count === 30;
    };
    await until(readSlowly);
  });
});

describe('a pool with a limit, whose connections are reset', () => {
  it('settles every statement, also those that waited for their turn', async () => {
    for (let resets = 0; resets < 20; resets += 1) {
      await until(answers);
      const pending = Promise.allSettled(Array.from({ length: 20 }, select));
      proxy.delay(1);
      while (proxy.reset() === 0) await new Promise(setImmediate);
      proxy.restore();
      await pending;
    }
  });

  it('settles what begins as soon as another statement was lost, although turns are free', async () => {
    for (let resets = 0; resets < 20; resets += 1) {
      await until(answers);
      proxy.delay(1);
      const next = select().catch(async () => {
        await new Promise(setImmediate);
        return select();
      });
      while (proxy.reset() === 0) await new Promise(setImmediate);
      proxy.restore();
      await Promise.allSettled([next]);
    }
  });
});

describe('a pool with a limit, whose connections are all taken', () => {
  it('rejects what waits too long, and never sends it', async () => {
    const small = connectPostgres({ url, max: 1, requestMs: 600 });
    const gate = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const taken = [1, 2].map(() =>
      inTransaction(small, async (transaction) => {
        begun.resolve(undefined);
        await gate.promise;
        return transaction`select 1`;
      }).catch(() => undefined),
    );
    await begun.promise;
    const insert = withPostgres(async () => small`insert into done values ('late')`);
    await expect(insert).rejects.toThrow('No connection was free');
    gate.resolve(undefined);
    await Promise.all(taken);
    const works = async () => (await small`select 1 as one`)[0]?.['one'] === 1;
    await until(works);
    expect(await direct`select from done where what = 'late'`).toHaveLength(0);
    await small.end({ timeout: 1 });
  });
});

describe('openConnections', () => {
  it('opens as many as the pool has', async () => {
    const pool = connectPostgres({ url, max: 3, requestMs: 30_000 });
    const backends = async () =>
      (
        await direct`select from pg_stat_activity
          where datname = current_database() and query = 'select 1'`
      ).length;
    const before = await backends();
    await openConnections(pool);
    expect((await backends()) - before).toBe(3);
    await pool.end({ timeout: 1 });
  });
});

describe('Postgres', () => {
  it('cancels what outlives the request it is for', async () => {
    const settings = await withPostgres(
      async () => sql<{ name: string; setting: string }[]>`
        select name, setting from pg_settings
        where name in ('statement_timeout', 'idle_in_transaction_session_timeout',
          'client_connection_check_interval') order by name`,
    );
    expect(settings.map(({ setting }) => Number(setting))).toEqual([2_000, 6_000, 6_000]);
  });
});
