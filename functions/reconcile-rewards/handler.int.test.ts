import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { ReconcileRequested, ReconcileTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import { replicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { refusedEvents } from '#shared/stores/postgres/journal/refused-events.ts';
import { sealLedger } from '#shared/stores/postgres/ledger/chain/ledger-chain.ts';
import { comparisonPosition } from '#shared/stores/postgres/ledger/comparison-position.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { TopicState } from '#shared/stores/postgres/topics/missing-records.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { hasKafka, testDatabase, testKafka } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { reconcileRewards } from './handler.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const otherSql = connectPostgres({ url, max: 2 });
const own = await ownRedis();
const redis = connectRedis(own.url);
const kafka = testKafka();
const nowhere = kafkaPublisher({ brokers: ['127.0.0.1:1'], clientId: 'test' });
const publisher = hasKafka()
  ? kafkaPublisher({ brokers: kafka.brokers, clientId: 'test' })
  : nowhere;
afterAll(async () => {
  redis.disconnect();
  await Promise.all([sql.end(), otherSql.end(), publisher.close(), nowhere.close()]);
});

await sql`insert into tenants (tenant_id, name, currency, status) values ('gone', 'Gone', 'INR', 'SUSPENDED')`;
await sql`insert into boards (tenant_id, board) values ('gone', 'main')`;
const main: Board = { tenantId: 'default', board: 'main', tiePolicy: 'competition' };

const cache = balanceCache(redis);
const logged: Record<string, unknown>[] = [];
const log = pino(
  {},
  { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
);

const dependenciesOf = (pool: Sql) => ({
  outbox: outbox(pool),
  publisher,
  unwritten: unwrittenBalances(pool),
  currentBalances: currentBalances(pool),
  position: comparisonPosition(pool),
  tenants: tenantStore(pool),
  cache,
  incentiveLog: incentiveLog(pool),
  refused: refusedEvents(pool),
  slots: replicationSlots(pool),
  sealLedger: () => sealLedger(pool),
  sumWallets: () => sumWallets(pool, { isOver: () => false }),
  completeErasures: () => Promise.resolve(),
  forgetRequests: () => idempotentRequests(pool).forget(),
  auditPosition: auditPosition(pool),
  audit: (): Promise<unknown> => Promise.reject(new Error('nobody asked for it')),
  exclusively: (work: () => Promise<void>) => exclusively(pool, 'reconcile-rewards', work),
  compareTopics: (): Promise<unknown> => Promise.reject(new Error('nobody asked for it')),
  topicStates: (): Promise<readonly TopicState[]> => Promise.resolve([]),
  log,
});
type Dependencies = ReturnType<typeof dependenciesOf>;

/** Passes an event to the function as its host does. */
const send = (contract: typeof ReconcileTick, data: object, changes: Partial<Dependencies> = {}) =>
  deliverOne(reconcileRewards({ ...dependenciesOf(sql), ...changes }), contract, data);
const tick = (changes?: Partial<Dependencies>, data = {}) => send(ReconcileTick, data, changes);

const balance = (changes: Partial<Balance> = {}) =>
  testBalance({ pending: 1, reserved: 2, lifetime: 12, version: 5, ...changes });

/** As if it had been committed a while ago. */
const commit = async (balance: Balance, age = '1 minute') => {
  const { tenantId, customerId, program, points, pending, reserved, lifetime, version } = balance;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, pending, reserved, lifetime, version,
      reached_at, updated_at)
    values (${tenantId}, ${customerId}, ${program}, ${points}, ${pending}, ${reserved}, ${lifetime}, ${version},
      ${balance.reachedAt}, now() - ${age}::interval)
    on conflict (tenant_id, customer_id, program) do update set points = excluded.points, version = excluded.version,
      updated_at = excluded.updated_at`;
};
const write = (cached: Balance) => cache.writeThrough([cached], () => [main]);
const livePoints = (customerId = 'c-1') => redis.zscore('board:{default}:main:live', customerId);
const pendingPoints = () => redis.zscore('board:{default}:main:pending', 'c-1');
const notes = () => sql`select * from unwritten_balances`;

const drift = async () => {
  const { values } = await register.getSingleMetric('guerdon_cache_drift_total')!.get();
  return Object.fromEntries(
    values.map(({ labels, value }): [string, number] => [String(labels['kind']), value]),
  );
};

const isBack = async () => (await redis.exists('anything')) === 0;
const restart = async () => {
  await own.server.start();
  await until(isBack);
};

beforeEach(async () => {
  if (own.server.pid() === undefined) await restart();
  await redis.flushdb();
  await sql`truncate points_balances, unwritten_balances, cache_comparison, outbox`;
  register.resetMetrics();
  logged.length = 0;
});

describe.skipIf(!hasKafka())('unpublished events', async () => {
  const topic = hasKafka() ? await kafka.createTopic('overdue') : '';
  const leave = async (domainEvents: number, age: string) => {
    const ids = Array.from({ length: domainEvents }, () => randomUUID());
    const domainEvent = {
      type: 'test.v1',
      topic,
      partitionKey: 'c-1',
      tenantId: 'default',
      data: { points: 1 },
    };
    const jsons = ids.map((id) =>
      JSON.stringify({ ...domainEvent, id, time: '2026-11-21T10:00:00.000Z' }),
    );
    await sql`insert into outbox (fact_id, fact, created_at)
      select id, fact, now() - ${age}::interval
      from unnest(${ids}::uuid[], ${jsons}::text[]::jsonb[]) as left_behind (id, fact)`;
    return ids;
  };
  const published = async () =>
    (await readTopic(kafka.brokers, topic)).map(({ headers }) => String(headers?.['ce_id']));
  const waiting = async () =>
    (await sql<{ id: string }[]>`select fact_id as id from outbox`).map(({ id }) => id);

  it('are published once by several functions at once, and those that are young are left', async () => {
    const overdue = await leave(1_234, '2 minutes');
    const young = await leave(3, '10 seconds');
    const other = dependenciesOf(otherSql);
    await Promise.all([tick(), tick(other), tick(), tick(other)]);
    expect((await published()).sort()).toEqual(overdue.sort());
    expect((await waiting()).sort()).toEqual(young.sort());
  });

  const refused = refusedEvents(sql);
  const add = (domainEvents: readonly Partial<DomainEvent>[], age: string) => sql`
    insert into outbox (fact_id, fact, created_at)
    select (fact ->> 'id')::uuid, fact, now() - ${age}::interval
    from unnest(${domainEvents.map((domainEvent) => JSON.stringify(domainEvent))}::text[]::jsonb[]) fact`;
  const eventTo = (to: string, data: object = {}) => ({
    ...{ id: randomUUID(), type: 'test.v1', topic: to, partitionKey: 'c-1', tenantId: 'default' },
    ...{ time: new Date('2026-11-21T10:00:00Z'), data },
  });

  it('do not wait for one that Kafka refuses: it is set aside with the reason until it is retried', async () => {
    const poison = eventTo(topic, { padding: 'x'.repeat(1_100_000) });
    await add([poison], '3 minutes');
    const overdue = await leave(20, '2 minutes');
    await tick();
    expect(await published()).toEqual(expect.arrayContaining(overdue));
    expect(await waiting()).toEqual([poison.id]);
    expect(await refused.list(10)).toMatchObject([{ id: poison.id, type: 'test.v1' }]);
    expect((await register.getSingleMetric('guerdon_outbox_refused')!.get()).values[0]?.value).toBe(
      1,
    );
    await sql`update outbox set fact = jsonb_set(fact, '{data}', '{}')`;
    expect(await refused.retry([poison.id])).toBe(1);
    await tick();
    expect(await published()).toContain(poison.id);
    expect(await waiting()).toEqual([]);
    expect(await refused.count()).toBe(0);
  });

  it('wait at most for one send of others whose topic does not exist', async () => {
    const stuck = Array.from({ length: 600 }, () => eventTo('no-such-topic'));
    await add(stuck, '3 minutes');
    const overdue = await leave(20, '2 minutes');
    for (let run = 0; run < 2; run += 1) await expect(tick()).rejects.toThrow();
    expect(await published()).toEqual(expect.arrayContaining(overdue));
    expect((await waiting()).sort()).toEqual(stuck.map(({ id }) => id).sort());
  });

  it('keep waiting while Kafka is unavailable, which delays no other step', async () => {
    const overdue = await leave(1, '2 minutes');
    await commit(balance());
    await expect(tick({ publisher: nowhere })).rejects.toMatchObject({ dependency: 'kafka' });
    expect(await waiting()).toEqual(overdue);
    const { values } = await register.getSingleMetric('guerdon_outbox_overdue')!.get();
    expect(values.map(({ value }) => value)).toEqual([1]);
    expect(await cache.read(balance())).toEqual(balance());
    await tick();
    expect(await published()).toContain(overdue[0]);
  });
});

describe('balances that could not be written through', () => {
  it('are written once Redis is back, also to the boards, however it and the functions died', async () => {
    await write(balance());
    await commit(balance({ version: 6, points: 16 }));
    await own.server.kill();
    const circuit = redisCircuit();
    const awards = guardedBalanceCache(cache, unwrittenBalances(sql), { circuit });
    const missed = balance({ version: 6, points: 16 });
    expect(await awards.writeThrough([missed], () => [main])).toBe('deferred');

    await expect(tick({}, { comparedMax: 0 })).rejects.toMatchObject({ dependency: 'redis' });
    expect(await notes()).toHaveLength(1);

    await restart();
    await tick({}, { comparedMax: 0 });
    expect(await cache.read(missed)).toEqual(missed);
    expect([await livePoints(), await pendingPoints()]).toEqual(['16', '16']);
    expect(await notes()).toEqual([]);
  });

  it('are all written, page by page', async () => {
    const balances = Array.from({ length: 1_201 }, (_, index) =>
      balance({ customerId: `c-${index}` }),
    );
    await Promise.all(balances.map((one) => commit(one)));
    await unwrittenBalances(sql).note(balances);
    await tick({}, { comparedMax: 0 });
    expect(await redis.zcard('board:{default}:main:live')).toBe(1_201);
    expect(await notes()).toEqual([]);
  });

  it('remain recorded when they change while they are written', async () => {
    await commit(balance());
    const unwritten = unwrittenBalances(sql);
    await unwritten.note([balance()]);
    const overtaken = {
      ...cache,
      writeThrough: async (...parts: Parameters<typeof cache.writeThrough>) => {
        await unwritten.note([balance({ version: 6 })]);
        await cache.writeThrough(...parts);
      },
    };
    await tick({ cache: overtaken }, { comparedMax: 0 });
    expect(await notes()).toMatchObject([{ version: 6 }]);
  });
});

describe('a cached balance', () => {
  const cases: [string, () => Promise<unknown>, object][] = [
    ['is missing', () => redis.flushdb(), { missing: 1 }],
    ['is behind', () => write(balance({ version: 4, points: 8 })), { behind: 1 }],
    ['has other points', () => write(balance({ points: 99 })), { corrupt: 1 }],
    ['is ahead', () => write(balance({ version: 9, points: 99 })), { ahead: 1 }],
  ];

  it.each(cases)(
    'that %s becomes equal to Postgres, on the boards too',
    async (_what, spoil, kinds) => {
      await commit(balance());
      await spoil();
      await tick();
      expect(await cache.read(balance())).toEqual(balance());
      expect([await livePoints(), await pendingPoints()]).toEqual(['10', '10']);
      expect(await drift()).toEqual(kinds);
      await tick();
      expect(await drift()).toEqual(kinds);
    },
  );

  it('that is wrong is logged with both contents', async () => {
    await commit(balance());
    await write(balance({ points: 99 }));
    await tick();
    expect(logged).toMatchObject([
      { level: 50, state: 'corrupt', current: { points: 10 }, cached: { points: 99 } },
    ]);
  });

  it('that is right is not changed', async () => {
    await commit(balance());
    await write(balance());
    await tick();
    expect(await drift()).toEqual({});
    const { values } = await register.getSingleMetric('guerdon_cache_checked_total')!.get();
    expect(values.map(({ value }) => value)).toEqual([1]);
  });

  it('whose newer version may be in flight is no drift', async () => {
    await write(balance({ version: 4, points: 8 }));
    await commit(balance(), '0 seconds');
    await tick();
    expect(await drift()).toEqual({});
  });

  it('that became newer since Postgres was read is not wrong, and stays', async () => {
    await commit(balance());
    await write(balance());
    const current = currentBalances(sql);
    const newer = balance({ version: 7, points: 70 });
    const overtaken: typeof current = {
      ...current,
      page: async (...parts) => {
        const page = await current.page(...parts);
        await commit(newer);
        await write(newer);
        return page;
      },
    };
    await tick({ currentBalances: overtaken });
    expect(await cache.read(newer)).toEqual(newer);
    expect([await drift(), logged]).toEqual([{}, []]);
  });

  it('that changes while a wrong one is replaced ends at the newest', async () => {
    await commit(balance());
    await write(balance({ points: 99 }));
    const newer = balance({ version: 6, points: 60 });
    const overtaken: typeof cache = {
      ...cache,
      drop: async (keys) => {
        await commit(newer);
        await write(newer);
        await cache.drop(keys);
      },
    };
    await tick({ cache: overtaken });
    expect(await cache.read(newer)).toEqual(newer);
    expect(await livePoints()).toBe('60');
  });

  it('of another program is compared, but not put on the boards', async () => {
    await commit(balance({ program: 'cash' }));
    await tick();
    expect(await cache.read(balance({ program: 'cash' }))).toMatchObject({ points: 10 });
    expect(await livePoints()).toBeNull();
  });

  it('of a suspended tenant is put on its boards, for the time when it is active again', async () => {
    await commit(balance({ tenantId: 'gone' }));
    await tick();
    expect(await redis.zscore('board:{gone}:main:live', 'c-1')).toBe('10');
  });
});

describe('a comparison', () => {
  const compared = async () => (await redis.zrange('board:{default}:main:live', 0, '-1')).sort();

  it('continues where the last one ended, in a cycle', async () => {
    for (const customerId of ['a', 'b', 'c', 'd', 'e']) await commit(balance({ customerId }));
    const seen: string[][] = [];
    for (let run = 0; run < 4; run += 1) {
      await redis.flushdb();
      await tick({}, { comparedMax: 2 });
      seen.push(await compared());
    }
    expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['e'], ['a', 'b']]);
  });

  it('compares no balance twice in a run', async () => {
    for (const customerId of ['a', 'b']) await commit(balance({ customerId }));
    await tick({}, { comparedMax: 200_000 });
    const { values } = await register.getSingleMetric('guerdon_cache_checked_total')!.get();
    expect(values.map(({ value }) => value)).toEqual([2]);
  });

  it('continues where it stopped after Redis was unavailable', async () => {
    for (const customerId of ['a', 'b', 'c']) await commit(balance({ customerId }));
    await tick({}, { comparedMax: 2 });
    await own.server.kill();
    await expect(tick()).rejects.toMatchObject({ dependency: 'redis' });
    await restart();
    await redis.flushdb();
    await tick();
    expect(await compared()).toEqual(['c']);
  });
});

describe('while another run is in progress', () => {
  const meanwhile = async (attempt: () => Promise<unknown>) => {
    const [began, end] = [Promise.withResolvers<true>(), Promise.withResolvers<true>()];
    const run = exclusively(otherSql, 'reconcile-rewards', () => {
      began.resolve(true);
      return end.promise;
    });
    await began.promise;
    await attempt().finally(() => end.resolve(true));
    await run;
  };

  it('a tick succeeds', async () => {
    await commit(balance());
    await meanwhile(() => tick());
    expect(await cache.read(balance())).toBeUndefined();
  });

  it('a request is retried, because that run may already have passed its subject', async () => {
    await meanwhile(() =>
      expect(send(ReconcileRequested, {})).rejects.toMatchObject({ dependency: 'self' }),
    );
    await commit(balance());
    await send(ReconcileRequested, {});
    expect(await cache.read(balance())).toEqual(balance());
  });
});
