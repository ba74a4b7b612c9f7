import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { connectPostgres } from '../driver/connect.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { walletReader } from '../wallets/wallet-reader.ts';
import { sumWallets } from './sum-wallets.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 6 });
const one = connectPostgres({ url, max: 1 });
const reader = walletReader(one);
afterAll(() => Promise.all([sql.end(), one.end()]));

const always = { isOver: () => false };
const isReached = (column: 'settled_entry' | 'summed_entry') => async () => {
  await sumWallets(sql, column === 'summed_entry' ? always : { ...always, entriesMin: 1_000_000 });
  const [row] = await sql`
    select ${sql(column)} >= (select max(entry_no) from points_ledger) as is_reached from ledger_position`;
  return row?.['isReached'] === true;
};
/** Transactions of other tests on the same server end whenever they do. */
const sumAll = async () => {
  await until(isReached('summed_entry'));
};
const fresh = (customerId: string): WalletKey => ({
  tenantId: 'default',
  customerId,
  program: 'points',
});
const begin = Date.parse('2026-01-01T00:00:00Z');
const minute = (number: number) => new Date(begin + number * 60_000);

/** Entries a minute apart, some of them out of order, a third of them pending. */
const fill = ({ tenantId, customerId, program }: WalletKey, from: number, until: number) => sql`
  insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, lot_id,
    cause, occurred_at, recorded_at)
  select ${tenantId}, ${program}, case when n % 5 = 0 then 'ADJUST' else 'EARN' end, ${customerId} || '-' || n, ${customerId},
    case when n % 3 = 0 then 'pending' else 'available' end, n % 11, case when n % 7 = 0 then 'pending' else 'issued' end,
    '00000000-0000-4000-8000-000000000000', '/test 1', now(), ${minute(0)} + (n - n % 13 * 3) * interval '1 minute'
  from generate_series(${from}::bigint, ${until}::bigint) n`;

const summed = (customerId: string) => sql`
  select entries, points, pending, lifetime from account_sums where customer_id = ${customerId}`;
const inLedger = (customerId: string) => sql`
  select count(*) as entries, sum(case account when 'available' then points else 0 end)::bigint as points,
    sum(case account when 'pending' then points else 0 end
      - case counter_account when 'pending' then points else 0 end)::bigint as pending,
    coalesce(sum(points) filter (where kind = 'EARN'), 0)::bigint as lifetime
  from points_ledger where customer_id = ${customerId}`;

describe('sumWallets', () => {
  it('adds each entry once, however many call it at once and however often', async () => {
    for (const [from, until] of [
      [1, 700],
      [701, 1_900],
      [1_901, 2_000],
      [2_001, 5_500],
    ] as const) {
      await fill(fresh('often'), from, until);
      await fill(fresh('seldom'), from, from + 1);
      await Promise.all(Array.from({ length: 4 }, () => sumWallets(sql, always)));
      await sumAll();
    }
    expect(await summed('often')).toEqual(await inLedger('often'));
    expect(await summed('seldom')).toEqual(await inLedger('seldom'));
    const snapshots = await sql`
      select snapshot.points, snapshot.pending,
        (select array[count(*), sum(case account when 'available' then points else 0 end),
            sum(case account when 'pending' then points else 0 end
              - case counter_account when 'pending' then points else 0 end)]::bigint[]
          from points_ledger ledger where ledger.customer_id = snapshot.customer_id
            and ledger.entry_no <= snapshot.entry_no) as due,
        first_recorded = (select min(recorded_at) from points_ledger ledger
          where ledger.customer_id = snapshot.customer_id and ledger.entry_no > snapshot.after_entry
            and ledger.entry_no <= snapshot.entry_no) and
        last_recorded = (select max(recorded_at) from points_ledger ledger
          where ledger.customer_id = snapshot.customer_id and ledger.entry_no <= snapshot.entry_no) as has_times
      from balance_snapshots snapshot order by entry_no`;
    expect(snapshots).toHaveLength(5);
    for (const [index, { points, pending, due, hasTimes }] of snapshots.entries()) {
      expect(due).toEqual([(index + 1) * 1_000, points, pending].map(Number));
      expect(hasTimes).toBe(true);
    }
  });

  it('leaves out what an unfinished transaction may still add before the newest entries', async () => {
    const booked = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const wallet = fresh('late');
    const slow = sql.begin(async (tx) => {
      await tx`select pg_current_xact_id()`;
      await recordEntries(tx, [earnEntry({ ...fresh('other'), orderId: 'slow-1' })]);
      await tx`
        insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, lot_id, cause, occurred_at)
        values ('default', 'points', 'EARN', 'slow-2', 'late', 5, 'issued', '00000000-0000-4000-8000-000000000000', '/test 1', now())`;
      booked.resolve(undefined);
      await go.promise;
    });
    await booked.promise;
    await ledgerStore(sql).commit([earnEntry({ ...wallet, orderId: 'quick', points: 7 })]);
    await sumWallets(sql, always);
    await sumWallets(sql, always);
    expect(await summed('late')).toEqual([]);
    go.resolve(undefined);
    await slow;
    await sumAll();
    expect(await summed('late')).toEqual([{ entries: 2, points: 12, pending: 0, lifetime: 12 }]);
  });

  it('leaves a few entries alone where it is asked to, and stops when its time is over', async () => {
    await fill(fresh('few'), 1, 9);
    await until(isReached('settled_entry'));
    expect(await sumWallets(sql, { ...always, entriesMin: 10 })).toBe(true);
    expect(await summed('few')).toEqual([]);
    expect(await sumWallets(sql, { isOver: () => true })).toBe(false);
    expect(await summed('few')).toEqual([]);
    expect(await sumWallets(sql, always)).toBe(true);
    expect(await summed('few')).toMatchObject([{ entries: 9 }]);
  });
});

describe('a wallet with many entries', () => {
  const wallet = fresh('walk-in');
  const entries = 20_300;
  const snapshot = 1_000;
  let lines: readonly Readonly<{ entryNo: number; recordedAt: Date; points: number }>[] = [];

  beforeAll(async () => {
    await fill(wallet, 1, 20_000);
    await sumAll();
    // Recorded long before others that are summed, as in a transaction that took very long; not
    // summed.
    await sql`
      insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, lot_id, cause, occurred_at, recorded_at)
      select tenant_id, program, kind, 'again ' || cause_id, customer_id, points, counter_account, lot_id, cause,
        occurred_at - interval '100 days', recorded_at
      from points_ledger where customer_id = 'walk-in' order by entry_no limit 300`;
    await sql`analyze points_ledger, balance_snapshots`;
    lines = await sql`
      select entry_no, recorded_at,
        (sum(case account when 'available' then points else 0 end) over (order by entry_no))::bigint as points
      from points_ledger where customer_id = 'walk-in' order by entry_no`;
  });

  it('shows what it would show if the sums began at the first entry', async () => {
    for (const index of [2, 999, 1_000, 1_001, 9_500, 19_999, 20_001, 20_299]) {
      const { lines: page } = await reader.statement(wallet, {
        before: lines[index]!.entryNo,
        limit: 3,
      });
      const due = lines.slice(Math.max(0, index - 3), index).toReversed();
      expect(page.map(({ entryNo, after }) => [entryNo, after.points])).toEqual(
        due.map(({ entryNo, points }) => [entryNo, points]),
      );
    }
  });

  it('is cut by time and looked back on as without stored balances', async () => {
    for (const number of [-40, 0, 998, 1_000, 5_017, 19_990, 30_000]) {
      const instant = minute(number);
      const before = lines.filter(({ recordedAt }) => recordedAt < instant);
      const since = lines.filter(({ recordedAt }) => recordedAt >= instant);
      const { lines: until } = await reader.statement(wallet, { to: instant, limit: 1 });
      expect(until[0]?.entryNo).toBe(before.at(-1)?.entryNo);
      const all = await reader.statement(wallet, { from: instant, limit: 30_000 });
      expect(all.lines.at(-1)?.entryNo).toBe(since[0]?.entryNo);
      const [due] = await sql`
        select coalesce(sum(points) filter (where account = 'available'), 0)::bigint as points,
          coalesce(sum(points) filter (where kind = 'EARN'), 0)::bigint as lifetime
        from points_ledger where customer_id = 'walk-in' and recorded_at <= ${instant}`;
      expect(await reader.balanceAt(wallet, instant)).toMatchObject(due!);
    }
  });

  it('reads a page and the entries of one snapshot, wherever the page is', async () => {
    const reads = (work: () => Promise<unknown>) =>
      rowsRead(one, ['points_ledger', 'balance_snapshots'], work);
    const limit = 100;
    for (const index of [limit, 5_000, 12_345, entries - 1]) {
      const before = lines[index]!.entryNo;
      // The page is found, then read with what is before it; the last 300 entries have no snapshot
      // yet.
      const rows = await reads(() => reader.statement(wallet, { before, limit }));
      expect(rows).toBeLessThanOrEqual(3 * limit + snapshot + 300);
    }
    for (const number of [10, 5_000, 19_000])
      expect(await reads(() => reader.balanceAt(wallet, minute(number)))).toBeLessThanOrEqual(
        3 * snapshot + 300 + 40,
      );
  });
});
