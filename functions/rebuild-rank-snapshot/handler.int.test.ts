import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { RankRebuildRequested, RankSnapshotPublished } from '#shared/eventing/contracts/boards.ts';
import { PingTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import {
  type BalanceReader,
  balanceReader,
} from '#shared/stores/postgres/ledger/balance-reader.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { type RankRounds, rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { testDatabase, testRedisClient } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { rebuildRanks } from './handler.ts';

const { url: databaseUrl } = await testDatabase();
const sql = connectPostgres({ url: databaseUrl, max: 4 });
const redis = await testRedisClient();
afterAll(() => sql.end());

const rounds = rankRounds(redis);
const truth = balanceReader(sql);
const cache = balanceCache(redis);
const reader = rankReader(redis);

await sql`insert into tenants (tenant_id, name, currency) values ('acme', 'Acme', 'INR'), ('gone', 'Gone', 'INR')`;
await sql`update tenants set status = 'SUSPENDED' where tenant_id = 'gone'`;
await sql`insert into boards (tenant_id, board, tie_policy)
  values ('acme', 'main', 'competition'), ('acme', 'first', 'ordinal'), ('gone', 'main', 'competition')`;

const main: Board = { tenantId: 'default', board: 'main', tiePolicy: 'competition' };
const acmeBoards: readonly Board[] = [
  { tenantId: 'acme', board: 'main', tiePolicy: 'competition' },
  { tenantId: 'acme', board: 'first', tiePolicy: 'ordinal' },
];

const balanceOf = (customerId: string, points: number, version = 1, tenantId = 'default') =>
  testBalance({ tenantId, customerId, points, version });

const commit = async (balance: Balance): Promise<void> => {
  const { tenantId, customerId, points, lifetime, version, reachedAt } = balance;
  await sql`insert into points_balances (tenant_id, customer_id, points, lifetime, version, reached_at)
    values (${tenantId}, ${customerId}, ${points}, ${lifetime}, ${version}, ${reachedAt})
    on conflict (tenant_id, customer_id, program)
    do update set points = excluded.points, lifetime = excluded.lifetime, version = excluded.version`;
};

const award = async (balance: Balance): Promise<void> => {
  await commit(balance);
  const boards = balance.tenantId === 'acme' ? acmeBoards : [main];
  await cache.writeThrough([balance], () => boards);
};

type Fakes = Partial<{ rounds: RankRounds; truth: BalanceReader }>;

/** Passes an event to the function as its host does. */
const send = (contract: typeof PingTick, data: object, fakes: Fakes = {}) => {
  const handlers = rebuildRanks({
    tenants: tenantStore(sql),
    rounds,
    truth,
    cache,
    clock: () => new Date(),
    log: pino({ level: 'silent' }),
    ...fakes,
  });
  return deliverOne(handlers, contract, data);
};
const tick = (fakes?: Fakes) => send(PingTick, {}, fakes);
const request = (data: object = {}) => send(RankRebuildRequested, data);

const pointsOn = async (board = main) => {
  const view = await reader.page(board, { limit: 100, live: false });
  return view?.rows.map(({ customerId, points }) => `${customerId} ${points}`);
};
const snapshotsIn = (domainEvents: readonly DomainEvent[]) =>
  domainEvents.map(({ data }) => RankSnapshotPublished.schema.parse(data));

beforeEach(async () => {
  await redis.flushdb();
  await sql`delete from points_balances`;
});

describe('a tick', () => {
  it('publishes the first snapshot of every board of every active tenant, read from Postgres', async () => {
    await commit(balanceOf('a', 5));
    await commit(balanceOf('b', 7, 1, 'acme'));
    const domainEvents = await tick();
    expect(snapshotsIn(domainEvents)).toMatchObject([
      { tenantId: 'acme', board: 'first', snapshotId: 1, customers: 1, mode: 'full' },
      { tenantId: 'acme', board: 'main', snapshotId: 1, customers: 1, mode: 'full' },
      { tenantId: 'default', board: 'main', snapshotId: 1, customers: 1, mode: 'full' },
    ]);
    expect(await pointsOn()).toEqual(['a 5']);
    expect(await pointsOn(acmeBoards[1])).toEqual(['b 7']);
  });

  it('publishes what changed since, and only that', async () => {
    await award(balanceOf('a', 5));
    await award(balanceOf('b', 6));
    await tick();
    await award(balanceOf('a', 9, 2));
    expect(snapshotsIn(await tick()).at(-1)).toMatchObject({
      mode: 'incremental',
      customers: 2,
      changed: 1,
    });
    expect(await pointsOn()).toEqual(['a 9', 'b 6']);
  });

  it('publishes nothing for unchanged boards, and writes nothing to Redis', async () => {
    await award(balanceOf('a', 5));
    await tick();
    await award(balanceOf('b', 7, 1, 'acme'));
    expect(snapshotsIn(await tick()).map(({ tenantId }) => tenantId)).toEqual(['acme', 'acme']);
    // The number of a published snapshot would show here.
    const content = async () => {
      const keys = (await redis.keys('*')).sort();
      return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)]));
    };
    const before = await content();
    expect([await tick(), await tick()]).toEqual([[], []]);
    expect(await content()).toEqual(before);
    expect(snapshotsIn(await request({ tenantId: 'default' }))).toMatchObject([{ changed: 0 }]);
    await award(balanceOf('a', 6, 2));
    expect(snapshotsIn(await tick())).toMatchObject([{ tenantId: 'default', changed: 1 }]);
  });

  it('loses no change that arrives between any two steps of a round', async () => {
    await award(balanceOf('a', 1));
    await tick();
    await tick();
    let version = 1;
    const late = async () => {
      version += 1;
      await award(balanceOf('a', version, version));
      await award(balanceOf(`late-${version}`, version));
    };
    const interrupted: RankRounds = {
      begin: async (...parts) => {
        await late();
        return rounds.begin(...parts).finally(late);
      },
      merge: async (...parts) => rounds.merge(...parts).finally(late),
      fill: rounds.fill,
      publish: async (...parts) => rounds.publish(...parts).finally(late),
    };
    await tick({ rounds: interrupted });
    await tick({ rounds: interrupted });
    await tick();
    const expected = await sql`select customer_id || ' ' || points as line from points_balances
      order by points desc, customer_id desc`;
    expect(await pointsOn()).toEqual(expected.map((row) => row['line'] as string));
  });

  it('succeeds when another round is in progress', async () => {
    await tick();
    await award(balanceOf('a', 5));
    await award(balanceOf('b', 7, 1, 'acme'));
    await rounds.begin(main, 'incremental', new Date());
    expect(snapshotsIn(await tick()).map(({ tenantId }) => tenantId)).toEqual(['acme', 'acme']);
  });

  it('gives each snapshot to one of several functions, and every change to the board', async () => {
    await award(balanceOf('a', 1));
    await tick();
    for (let version = 2; version < 12; version += 1) {
      await award(balanceOf('a', version, version));
      const domainEvents = await Promise.all([tick(), tick(), tick()]);
      const ids = snapshotsIn(domainEvents.flat()).filter(({ tenantId }) => tenantId === 'default');
      expect(new Set(ids.map(({ snapshotId }) => snapshotId)).size).toBe(ids.length);
    }
    await tick();
    expect(await pointsOn()).toEqual(['a 11']);
  });

  it('finishes a crashed round, and publishes again only what changed after it', async () => {
    await tick();
    await award(balanceOf('a', 5));
    await rounds.begin(main, 'if-changed', new Date());
    await redis.del(await redis.keys('*:lease'));
    expect(snapshotsIn(await tick())).toMatchObject([{ changed: 1 }]);
    expect(await pointsOn()).toEqual(['a 5']);
  });

  it('rebuilds from Postgres after Redis lost everything', async () => {
    await award(balanceOf('a', 5));
    await tick();
    await redis.flushdb();
    await award(balanceOf('b', 6));
    expect(snapshotsIn(await tick()).at(-1)).toMatchObject({ mode: 'full', customers: 2 });
    expect(await pointsOn()).toEqual(['b 6', 'a 5']);
  });

  it('continues with the other boards when one fails', async () => {
    const broken: BalanceReader = {
      stream: (tenantId, chunkMax) => {
        if (tenantId === 'acme') throw new Error('broken');
        return truth.stream(tenantId, chunkMax);
      },
    };
    expect(snapshotsIn(await tick({ truth: broken })).map(({ tenantId }) => tenantId)).toEqual([
      'default',
    ]);
  });

  it('is retried when all boards fail, and then done', async () => {
    await commit(balanceOf('a', 5));
    const broken: BalanceReader = {
      stream: () => {
        throw new Error('broken');
      },
    };
    await expect(tick({ truth: broken })).rejects.toThrow('broken');
    const leases = await redis.keys('*:lease');
    await redis.del(leases);
    await tick();
    expect(await pointsOn()).toEqual(['a 5']);
  });
});

describe('a request', () => {
  it('for a full round repairs what Redis missed: snapshot, live board and cached balance', async () => {
    await award(balanceOf('a', 5));
    await tick();
    await commit(balanceOf('a', 8, 2));
    await commit(balanceOf('b', 7));
    expect(snapshotsIn(await request({ tenantId: 'default', mode: 'full' }))).toMatchObject([
      { mode: 'full', customers: 2, changed: 2 },
    ]);
    expect(await pointsOn()).toEqual(['a 8', 'b 7']);
    const live = await reader.page(main, { limit: 9, live: true });
    expect(live?.rows.map(({ points }) => points)).toEqual([8, 7]);
    expect(
      (await cache.read({ tenantId: 'default', customerId: 'a', program: 'points' }))?.points,
    ).toBe(8);
  });

  it('for one board does not rebuild the others', async () => {
    const domainEvents = await request({ tenantId: 'acme', board: 'first' });
    expect(snapshotsIn(domainEvents)).toMatchObject([{ tenantId: 'acme', board: 'first' }]);
    expect(await pointsOn()).toBeUndefined();
  });

  it('is retried while another round runs, as that one may lack the latest changes', async () => {
    await rounds.begin(main, 'incremental', new Date());
    await expect(request({ tenantId: 'default' })).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'self',
    });
  });

  it('publishes a new snapshot where a crashed round left one behind', async () => {
    await tick();
    await award(balanceOf('a', 5));
    await rounds.begin(main, 'if-changed', new Date());
    await award(balanceOf('b', 6));
    await redis.del(await redis.keys('*:lease'));
    const requestedAt = new Date();
    expect(snapshotsIn(await request({ tenantId: 'default' }))).toMatchObject([
      { changed: 1 },
      { changed: 1 },
    ]);
    expect(await pointsOn()).toEqual(['b 6', 'a 5']);
    const { takenAt } = (await reader.page(main, { limit: 0, live: false }))!;
    expect(takenAt.getTime()).toBeGreaterThanOrEqual(requestedAt.getTime());
  });

  it.each([
    ['an unknown tenant', { tenantId: 'nobody' }, 'unknown-tenant'],
    ['a suspended tenant', { tenantId: 'gone' }, 'unknown-tenant'],
    ['an unknown board', { tenantId: 'acme', board: 'nothing' }, 'unknown-board'],
    ['an unknown mode', { mode: 'sideways' }, 'invalid-data'],
  ])('is refused permanently for %s', async (_what, data, code) => {
    await expect(request(data)).rejects.toMatchObject({ name: 'InvalidEvent', code });
  });
});
