import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { PointsExpired, PointsReleased } from '#shared/eventing/contracts/points-events.ts';
import { ExpiryTick, RewardsExpiryRequested } from '#shared/eventing/contracts/ticks.ts';
import { type DomainEvent, derivedId } from '#shared/eventing/domain-event.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { type LotStore, lotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { recordEntries } from '#shared/stores/postgres/ledger/record-entries.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { kafkaUnavailable, recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testDatabase, testRedisClient } from '#shared/testing/servers/servers.ts';
import { expiryParts } from '#shared/testing/worlds/expiry-parts.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { expireRewards } from './handler.ts';

const { url: databaseUrl } = await testDatabase();
const sql = connectPostgres({ url: databaseUrl, max: 4 });
const asAnIntruder = intruder(sql);
const redis = await testRedisClient();
afterAll(() => sql.end());
const cache = balanceCache(redis);

await sql`insert into tenants (tenant_id, name, currency, status)
  values ('acme', 'Acme', 'INR', 'ACTIVE'), ('gone', 'Gone', 'INR', 'SUSPENDED')`;
await sql`insert into boards (tenant_id, board) values ('acme', 'main')`;

const at = new Date('2027-01-01T00:00:00Z');
const after = (ms: number) => new Date(at.getTime() + ms);
const lotOf = (name: string) => derivedId('lot', name);

let orders = 0;
/** Earns points into a lot. */
const pay = (name: string, fields: Partial<LedgerEntry> = {}) => {
  orders += 1;
  const paid = { customerId: 'c-1', orderId: `o-${orders}`, points: 10, lotId: lotOf(name) };
  return recordEntries(sql, [earnEntry({ ...paid, expiresAt: at, ...fields })]);
};
const pending = { account: 'pending', expiresAt: undefined, availableAt: at } as const;

/** Reserves points of a lot until an instant. */
const reserve = async (name: string, points: number, timesOutAt: Date) => {
  const lots = [{ lotId: lotOf(name), points }];
  await sql`insert into redemptions (tenant_id, redemption_id, customer_id, program, points, status, lots, created_by, times_out_at)
    values ('default', ${name}, 'c-1', 'points', ${points}, 'RESERVED', ${sql.json(lots)}, 'test', ${timesOutAt})`;
  await sql`update points_lots set reserved = ${points} where lot_id = ${lotOf(name)}`;
  await sql`update points_balances set reserved = reserved + ${points}, version = version + 1`;
};

/** The published events; publishing fails while `kafkaIsAway`. */
let kafkaIsDown = false;
const publisher = recordingPublisher(() => (kafkaIsDown ? kafkaUnavailable : undefined));
const { published } = publisher;

type Fakes = Partial<{ lots: LotStore; now: Date; cache: typeof cache; clock: () => Date }>;

/** Passes an event to the function as its host does. */
const send = async (contract: typeof ExpiryTick, data: object, fakes: Fakes = {}) => {
  const handlers = expireRewards({
    ...expiryParts(sql),
    ...(fakes.lots && { lots: fakes.lots }),
    balances: guardedBalanceCache(fakes.cache ?? cache, unwrittenBalances(sql)),
    publisher,
    clock: fakes.clock ?? (() => fakes.now ?? at),
  });
  expect(await deliverOne(handlers, contract, data)).toEqual([]);
};
const tick = (fakes?: Fakes) => send(ExpiryTick, {}, fakes);
const request = (data: object, fakes?: Fakes) => send(RewardsExpiryRequested, data, fakes);

const balanceOf = async (customerId = 'c-1', tenantId = 'default') => {
  const [row] = await sql`select points, pending from points_balances
    where customer_id = ${customerId} and tenant_id = ${tenantId}`;
  return row;
};
const entriesOf = (kind: LedgerEntry['kind']) => sql`
  select cause_id, lot_id, points, counter_account, cause from points_ledger where kind = ${kind} order by entry_no`;
const publishedOf = (type: string) => published.filter((domainEvent) => domainEvent.type === type);
const waiting = () => sql<{ id: string }[]>`select fact_id as id from outbox`;

beforeEach(async () => {
  published.length = 0;
  kafkaIsDown = false;
  await redis.flushdb();
  for (const table of [
    'points_lots',
    'lapsed_lots',
    'points_balances',
    'redemptions',
    'outbox',
    'unwritten_balances',
  ])
    await sql`delete from ${sql(table)}`;
  await asAnIntruder('truncate points_ledger, ledger_keys');
});

describe('a tick', () => {
  it('closes the lots that are due, and no other', async () => {
    await pay('due');
    await pay('later', { expiresAt: after(1), points: 5 });
    await pay('everlasting', { expiresAt: undefined, lotId: everlastingLotId, points: 3 });
    await tick();
    expect(await balanceOf()).toEqual({ points: 8, pending: 0 });
    expect(await entriesOf('EXPIRE')).toEqual([
      {
        causeId: `${lotOf('due')}@3`,
        lotId: lotOf('due'),
        points: -10,
        counterAccount: 'expired',
        cause: expect.stringContaining('/test ') as string,
      },
    ]);
    await tick({ now: after(1) });
    expect(await balanceOf()).toEqual({ points: 3, pending: 0 });
  });

  it('releases the lots that are due, and no other', async () => {
    await pay('due', pending);
    await pay('later', { ...pending, availableAt: after(1), points: 5 });
    await pay('delivered', { ...pending, availableAt: undefined, awaits: 'delivered', points: 3 });
    await tick();
    expect(await balanceOf()).toEqual({ points: 10, pending: 8 });
    expect(await entriesOf('RELEASE')).toMatchObject([{ points: 10, counterAccount: 'pending' }]);
    await tick({ now: after(1) });
    expect(await balanceOf()).toEqual({ points: 15, pending: 3 });
  });

  it('closes a lot that expired while it was pending, after it was released', async () => {
    await pay('late', { ...pending, expiresAt: at });
    await tick();
    expect(await balanceOf()).toEqual({ points: 0, pending: 0 });
    expect(published.map(({ type }) => type)).toEqual([PointsReleased.type, PointsExpired.type]);
  });

  it('publishes its events once, and leaves nothing unpublished', async () => {
    await pay('due');
    await pay('pending', { ...pending, expiresAt: after(1) });
    await tick();
    await tick();
    expect(publishedOf(PointsExpired.type)).toMatchObject([
      { time: at, partitionKey: 'c-1', data: { lotId: lotOf('due'), points: 10, settled: 0 } },
    ]);
    expect(publishedOf(PointsReleased.type)).toMatchObject([
      { data: { lotId: lotOf('pending'), points: 10, expiresAt: after(1).toISOString() } },
    ]);
    expect(await waiting()).toEqual([]);
  });

  it('makes cache and boards equal to Postgres', async () => {
    await cache.writeThrough([...(await pay('due')).values()], () => [
      { tenantId: 'default', board: 'main', tiePolicy: 'competition' },
    ]);
    await tick();
    const key = { tenantId: 'default', customerId: 'c-1', program: 'points' };
    expect(await cache.read(key)).toMatchObject({ points: 0, version: 2 });
    expect(await redis.zscore('board:{default}:main:live', 'c-1')).toBe('0');
  });

  it('closes a lot again that was filled again, and publishes that again', async () => {
    await pay('due');
    await tick();
    await pay('due', { points: 4 });
    await tick();
    expect(await balanceOf()).toEqual({ points: 0, pending: 0 });
    expect(await entriesOf('EXPIRE')).toMatchObject([
      { causeId: `${lotOf('due')}@1`, points: -10 },
      { causeId: `${lotOf('due')}@3`, points: -4 },
    ]);
    expect(new Set(publishedOf(PointsExpired.type).map(({ id }) => id)).size).toBe(2);
  });

  it('releases a lot again that was filled again', async () => {
    await pay('pending', { ...pending, expiresAt: after(1) });
    await tick();
    await pay('pending', { ...pending, expiresAt: after(1), points: 4 });
    await tick();
    expect(await balanceOf()).toEqual({ points: 14, pending: 0 });
    expect(await entriesOf('RELEASE')).toMatchObject([{ points: 10 }, { points: 4 }]);
  });

  it('settles a debt from what would expire', async () => {
    await pay('due');
    await pay('debt', { points: -4, expiresAt: undefined, lotId: everlastingLotId });
    await tick();
    expect(await balanceOf()).toEqual({ points: 0, pending: 0 });
    expect(await entriesOf('ADJUST')).toMatchObject([
      { lotId: lotOf('due'), points: -4, counterAccount: 'adjusted' },
      { lotId: everlastingLotId, points: 4, counterAccount: 'adjusted' },
    ]);
    expect(await entriesOf('EXPIRE')).toMatchObject([{ points: -6 }]);
    expect(await sql`select from points_lots`).toHaveLength(0);
    expect(await sql`select points from lapsed_lots`).toEqual([{ points: 6 }]);
  });

  it('leaves reserved points in a lot that is closed', async () => {
    await pay('due');
    await reserve('due', 7, after(1));
    await tick();
    await tick();
    expect(await sql`select points, reserved from points_lots`).toEqual([
      { points: 7, reserved: 7 },
    ]);
    expect(await sql`select points from lapsed_lots`).toEqual([{ points: 3 }]);
  });

  it('ends reservations that timed out, and closes the lots that they release', async () => {
    await pay('due');
    await reserve('due', 7, after(1));
    await pay('usable', { expiresAt: after(9) });
    await reserve('usable', 2, after(1));
    await tick();
    await tick({ now: after(1) });
    expect(await sql`select distinct status from redemptions`).toEqual([{ status: 'TIMED_OUT' }]);
    expect(await entriesOf('EXPIRE')).toMatchObject([{ points: -3 }, { points: -7 }]);
    expect(await balanceOf()).toEqual({ points: 10, pending: 0 });
    const key = { tenantId: 'default', customerId: 'c-1', program: 'points' };
    expect(await cache.read(key)).toMatchObject({ points: 10, reserved: 0 });
  });

  it('processes all active tenants, and skips suspended ones', async () => {
    await pay('due');
    await pay('due', { tenantId: 'acme' });
    await pay('due', { tenantId: 'gone' });
    await tick();
    expect(await balanceOf('c-1', 'default')).toMatchObject({ points: 0 });
    expect(await balanceOf('c-1', 'acme')).toMatchObject({ points: 0 });
    expect(await balanceOf('c-1', 'gone')).toMatchObject({ points: 10 });
  });

  it('gives each lot one closing entry when two instances run, in more than one batch', async () => {
    const paid = Array.from({ length: 500 }, (_, index) =>
      earnEntry({
        customerId: `c-${index}`,
        orderId: `many-${index}`,
        lotId: lotOf(`many-${index}`),
        points: 1,
        expiresAt: at,
        ...(index % 2 === 0 && { account: 'pending', availableAt: at }),
      }),
    );
    await recordEntries(sql, paid);
    await Promise.all([tick(), tick()]);
    expect(await entriesOf('EXPIRE')).toHaveLength(500);
    expect(await entriesOf('RELEASE')).toHaveLength(250);
    expect(await sql`select from points_balances where points <> 0 or pending <> 0`).toEqual([]);
    expect(new Set(published.map(({ id }) => id)).size).toBe(750);
    expect(published).toHaveLength(750);
  });

  it('keeps an event in the outbox if it dies between the commit and publishing', async () => {
    await pay('due');
    const dying: LotStore = {
      ...lotStore(sql),
      changeDue: async (...due) => {
        const changed = await lotStore(sql).changeDue(...due);
        if (changed.found > 0) throw new Error('died');
        return changed;
      },
    };
    await tick({ lots: dying });
    expect(await waiting()).toHaveLength(1);
    await tick();
    expect(await entriesOf('EXPIRE')).toHaveLength(1);
    expect(published).toEqual([]);
    const [domainEvent] = (await outbox(sql).overdue(0, 10)) as DomainEvent[];
    expect(PointsExpired.schema.safeParse(domainEvent?.data).data).toMatchObject({ points: 10 });
  });

  it('leaves events to the outbox while Kafka is unavailable, and continues', async () => {
    kafkaIsDown = true;
    await pay('due');
    await pay('due', { tenantId: 'acme' });
    await tick();
    expect(await waiting()).toHaveLength(2);
  });

  it('records balances to be written later while Redis is unavailable, and still publishes its events', async () => {
    await pay('due');
    const nowhere = connectRedis('redis://127.0.0.1:1');
    await tick({ cache: balanceCache(nowhere) });
    nowhere.disconnect();
    expect(await sql`select version from unwritten_balances`).toEqual([{ version: 2 }]);
    expect(publishedOf(PointsExpired.type)).toHaveLength(1);
  });

  it('continues with the other tenants when one fails', async () => {
    await pay('due');
    await pay('due', { tenantId: 'acme' });
    await tick({ lots: failingFor('acme') });
    expect(await balanceOf('c-1', 'acme')).toMatchObject({ points: 10 });
    expect(await balanceOf('c-1', 'default')).toMatchObject({ points: 0 });
  });

  it('shows how long the oldest lot that it could not process is overdue', async () => {
    const overdue = async () =>
      (await register.getSingleMetric('guerdon_oldest_overdue_lot_seconds')!.get()).values.map(
        ({ labels, value }) => `${labels['event']} ${value}`,
      );
    await pay('due', { tenantId: 'acme' });
    await tick({ lots: failingFor('acme'), now: after(90_000) });
    expect(await overdue()).toEqual(['release 0', 'expiry 90']);
    await tick();
    expect(await overdue()).toEqual(['release 0', 'expiry 0']);
  });

  it('is retried when all tenants fail', async () => {
    await expect(tick({ lots: failingFor('acme', 'default') })).rejects.toThrow('broken');
  });

  it('leaves the rest to the next one when its time is up', async () => {
    await pay('due');
    const times = [at, at];
    await tick({ clock: () => times.shift() ?? after(240_001) });
    expect(await balanceOf()).toMatchObject({ points: 10 });
    await tick();
    expect(await balanceOf()).toMatchObject({ points: 0 });
  });
});

const failingFor = (...tenantIds: readonly string[]): LotStore => ({
  ...lotStore(sql),
  changeDue: (due, eventsOf) =>
    tenantIds.includes(due.tenantId)
      ? Promise.reject(new Error('broken'))
      : lotStore(sql).changeDue(due, eventsOf),
});

describe('a request', () => {
  it('for one tenant does not process the others', async () => {
    await pay('due');
    await pay('due', { tenantId: 'acme' });
    await request({ tenantId: 'acme' });
    expect(await balanceOf('c-1', 'acme')).toMatchObject({ points: 0 });
    expect(await balanceOf('c-1', 'default')).toMatchObject({ points: 10 });
  });

  it('is retried when one tenant fails, after the others are done', async () => {
    await pay('due');
    await expect(request({}, { lots: failingFor('acme') })).rejects.toThrow('broken');
    expect(await balanceOf()).toMatchObject({ points: 0 });
  });

  it.each([
    ['an unknown tenant', { tenantId: 'nobody' }, 'unknown-tenant'],
    ['a suspended tenant', { tenantId: 'gone' }, 'unknown-tenant'],
    ['a tenant that cannot be', { tenantId: 'a:b' }, 'invalid-data'],
  ])('is refused permanently for %s', async (_what, data, code) => {
    await expect(request(data)).rejects.toMatchObject({ name: 'InvalidEvent', code });
  });
});
