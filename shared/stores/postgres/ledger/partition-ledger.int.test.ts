import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addLedgerKeys } from '#scripts/bench/core/add-ledger-keys.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { migrateTo } from '#shared/testing/migrate-to.ts';
import { sealAllEntries } from '#shared/testing/seal-all-entries.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { connectPostgres, type Sql } from '../driver/connect.ts';
import { migrate } from '../schema/migrate.ts';
import { checkLedgerChain } from './chain/ledger-chain-check.ts';
import { ledgerStore } from './ledger-store.ts';
import { recordEntries } from './record-entries.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const asAnIntruder = intruder(sql);
afterAll(() => sql.end());

const order = (orderId: string, fields: Partial<LedgerEntry> = {}): LedgerEntry =>
  earnEntry({ orderId, customerId: `of ${orderId}`, ...fields });

/** Books an order as versions before 0080 did. */
const recordAsBefore = async (orderId: string): Promise<void> => {
  const { causeId, customerId, points, amountMinor, lotId, occurredAt, cause } = order(orderId);
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, order_id,
      amount_minor, currency, rule_version, lot_id, cause, occurred_at)
    values ('default', 'points', 'EARN', ${causeId}, ${customerId}, ${points}, 'issued', ${orderId},
      ${amountMinor ?? null}, 'INR', 1, ${lotId}, ${cause}, ${occurredAt})
    on conflict (tenant_id, program, kind, cause_id) do nothing`;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    values ('default', ${customerId}, 'points', ${points}, ${points}, 1, ${occurredAt}) on conflict do nothing`;
};

const old = Array.from({ length: 300 }, (_, place) => `old-${place}`);

beforeAll(async () => {
  await sql.unsafe(
    'drop publication guerdon_cdc; drop schema public cascade; create schema public',
  );
  await migrateTo(url, '0079');
  for (const orderId of old.slice(0, 200)) await recordAsBefore(orderId);
  await sealAllEntries(sql);
  await migrateTo(url, '0080');
  for (const orderId of old.slice(200, 250)) await recordAsBefore(orderId);
  await migrateTo(url, '0081');
  // An interrupted file begins again.
  await sql`delete from schema_migrations where name like '0081%'`;
  for (const orderId of old.slice(250)) await recordAsBefore(orderId);
  await migrate(url);
});

const keys = () => sql<{ entries: number; keys: number }[]>`
  select count(*)::int as entries, count(key)::int as keys from points_ledger
  full join ledger_keys on key = ledger_key(tenant_id, program, kind, cause_id)
    and ledger_keys.entry_no = points_ledger.entry_no and ledger_keys.recorded_at = points_ledger.recorded_at`;

describe('a ledger that was partitioned', () => {
  it('has a key for each entry from before, including those recorded meanwhile', async () => {
    expect(await keys()).toEqual([{ entries: 300, keys: 300 }]);
  });

  it('pays no order from before again, and finds what it was paid', async () => {
    const bookings = await ledgerStore(sql).commit([
      ...old.map((orderId) => order(orderId)),
      order('old-7', { amountMinor: 1 }),
      order('new-1'),
    ]);
    expect(bookings.filter(({ kind }) => kind === 'replayed')).toMatchObject(
      Array.from(old, (orderId) => ({ entry: { orderId, points: 12 } })),
    );
    expect(bookings.slice(-2)).toMatchObject([
      { kind: 'conflict', field: 'amountMinor', recorded: { orderId: 'old-7' } },
      { kind: 'booked', entry: { orderId: 'new-1' } },
    ]);
    expect(await keys()).toEqual([{ entries: 301, keys: 301 }]);
    const [numbers] = await sql`
      select count(distinct entry_no)::int as numbers,
        max(entry_no) = max(entry_no) filter (where order_id = 'new-1') as goes_on from points_ledger`;
    expect(numbers).toEqual({ numbers: 301, goesOn: true });
  });

  it('keeps its chain, and continues with it', async () => {
    await sealAllEntries(sql);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0, entries: 301, unsealed: 0 });
  });

  it('has all of it in one partition, and empty ones for at least two months to come', async () => {
    const [past, ...ahead] = await sql<{ partition: string; startsAt: unknown; rows: number }[]>`
      select partition, starts_at::text as "startsAt",
        (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || partition, false, true, '')))[1]::text::int as rows
      from partitions where table_name = 'points_ledger' order by ends_at`;
    expect(past).toMatchObject({ startsAt: '-infinity', rows: 301 });
    expect(ahead.length).toBeGreaterThanOrEqual(2);
    expect(ahead.every(({ rows }) => rows === 0)).toBe(true);
  });

  it('is append-only in each partition, and so are its keys', async () => {
    const partitions = await sql<{ partition: string }[]>`
      select partition from partitions where table_name = 'points_ledger'`;
    for (const { partition } of partitions)
      for (const change of [`update ${partition} set points = 0`, `delete from ${partition}`])
        await expect(sql.unsafe(change)).rejects.toThrow(`${partition} is append-only`);
    await expect(sql`truncate points_ledger`).rejects.toThrow('append-only');
    await expect(sql`delete from ledger_keys`).rejects.toThrow('ledger_keys is append-only');
  });
});

describe('an entry of a redelivered order', () => {
  const one = connectPostgres({ url, max: 1 });
  const store = ledgerStore(one);
  afterAll(() => one.end());

  /** What work reads of each partition; planning alone looks at the first page of every index. */
  const pagesRead = async (work: () => Promise<unknown>): Promise<readonly Pages[]> => {
    const before = await readPages(one);
    await work();
    const after = await readPages(one);
    return after
      .map((each, place) => ({
        partition: each.partition,
        table: each.table - (before[place]?.table ?? 0),
        index: each.index - (before[place]?.index ?? 0),
      }))
      .filter(({ table }) => table > 0);
  };

  it('is found without going through the 100,000 others that its month, and maybe its customer, has', async () => {
    // Its reads would count, too.
    for (const { partition } of await readPages(one))
      await one`alter table ${one(partition)} set (autovacuum_enabled = off)`;
    await one`
      insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, order_id, amount_minor,
        currency, rule_version, lot_id, cause, occurred_at)
      select 'default', 'points', 'EARN', 'm-' || n, case n % 2 when 0 then 'walk-in' else 'c-' || n end, 12, 'issued', 'm-' || n, ${order('').amountMinor ?? 0},
        'INR', 1, '00000000-0000-0000-0000-000000000000', '/test 1', now() from generate_series(1, 100000) n`;
    await addLedgerKeys(one);
    await recordEntries(one, [order('m-0', { customerId: 'walk-in' })]);
    const redeliver = (customerId: string) => store.commit([order('m-50000', { customerId })]);
    await redeliver('walk-in');
    for (const [customerId, kind] of [
      ['walk-in', 'replayed'],
      ['another', 'conflict'],
    ] as const) {
      const pages = await pagesRead(async () => {
        expect(await redeliver(customerId)).toMatchObject([{ kind }]);
      });
      expect(pages).toMatchObject([{ table: 1 }]);
      expect(pages[0]?.index).toBeLessThan(12);
    }
  });

  it('is looked up in its month alone', async () => {
    await recordEntries(sql, [order('next')]);
    await asAnIntruder(
      `update points_ledger set recorded_at = recorded_at + interval '3 months' where order_id = 'next'`,
      `update ledger_keys set recorded_at = recorded_at + interval '3 months'
        where key = ledger_key('default', 'points', 'EARN', 'next')`,
    );
    const [{ partition }] = await sql<[{ partition: string }]>`
      select tableoid::regclass::text as partition from points_ledger where order_id = 'next'`;
    const pages = await pagesRead(() => store.commit([order('next')]));
    expect(pages).toMatchObject([{ partition, table: 1 }]);
  });
});

type Pages = Readonly<{ partition: string; table: number; index: number }>;

const readPages = async (one: Sql): Promise<readonly Pages[]> => {
  await one`select pg_stat_force_next_flush()`;
  await one`select pg_stat_clear_snapshot()`;
  return one<Pages[]>`
    select partition, heap_blks_read + heap_blks_hit as table, idx_blks_read + idx_blks_hit as index
    from partitions join pg_statio_user_tables on relname = partition where table_name = 'points_ledger' order by 1`;
};
