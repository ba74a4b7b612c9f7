import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { summarizeLedger } from '#scripts/bench/core/summarize-ledger.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { expiringLot, recordEverything } from '#shared/testing/worlds/record-everything.ts';
import { connectPostgres } from '../driver/connect.ts';
import { atOneMoment } from '../driver/transaction.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { auditPosition } from './audit-position.ts';
import { auditBalancesBySums } from './audit-sums.ts';
import { type AuditPart, incrementalAudit } from './incremental-audit.ts';
import { sumWallets } from './sum-wallets.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const one = connectPostgres({ url, max: 1 });
const asAnIntruder = intruder(sql);
afterAll(() => Promise.all([sql.end(), one.end()]));

const position = auditPosition(sql);
const audit = incrementalAudit(sql, position);
const never = () => false;

const isSummed = async () => {
  await sumWallets(sql, { isOver: never });
  const [row] = await sql`
    select summed_entry >= (select coalesce(max(entry_no), 0) from points_ledger) as is_done from ledger_position`;
  return row?.['isDone'] === true;
};
const sumAll = async () => {
  await until(isSummed);
};

type Step = 'entries' | 'wallets' | 'slice' | 'incentives';
/** What steps find wrong, and how much they examine, by check. */
const found = async (...steps: readonly Step[]) => {
  const wrong: Record<string, number> = {};
  const examined: Record<string, number> = {};
  const add = (sums: Record<string, number>, check: string, number: number) => {
    if (number > 0) sums[check] = (sums[check] ?? 0) + number;
  };
  const report = (part: AuditPart) => {
    for (const [check, result] of Object.entries(part)) {
      add(wrong, check, result.wrong);
      add(examined, check, result.examined);
    }
  };
  for (const step of steps) expect(await audit[step]({ isOver: never, report })).toBe(true);
  return { wrong, examined };
};

const tables = [
  'points_ledger',
  'points_balances',
  'points_lots',
  'redemptions',
  'refunds',
  'earning_rules',
];
const progress = ['account_sums', 'balance_snapshots', 'audit_findings'];
const [save, restore] = [
  [
    'create schema saved',
    ...tables.map((table) => `create table saved.${table} as table ${table}`),
  ],
  [
    ...[...tables, ...progress].map((table) => `truncate ${table}`),
    ...tables.map(
      (table) => `insert into ${table} overriding system value select * from saved.${table}`,
    ),
    `update ledger_position set summed_entry = 0, settled_entry = 0, unsettled_entry = null`,
    `update audit_position set audited_entry = 0, slice_left = 0, slice_on = null, incentives_on = null, slice_tenant = ''`,
  ],
];
await recordEverything(sql);
await asAnIntruder(...save);
beforeEach(() => asAnIntruder(...restore));

const begin = (isFull = false) => position.begin({ isFull });

describe('an audit of what is new', () => {
  it('looks at everything once, finds nothing wrong with what is right, and then has nothing to do', async () => {
    await sumAll();
    const { wrong, examined } = await found('entries', 'wallets');
    expect(wrong).toEqual({});
    expect(examined).toEqual({
      orders: 8,
      corrections: 1,
      refunds: 1,
      redeemed: 1,
      transfers: 1,
      expiries: 1,
      keys: 15,
      balances: 6,
      lots: 3,
    });
    expect(await found('entries', 'wallets')).toEqual({ wrong: {}, examined: {} });
    await position.finish();
    expect(await position.state()).toMatchObject({ entriesBehind: 0, wrong: {} });
  });

  it.each([
    [
      'an entry with other points',
      `update points_ledger set points = 13 where kind = 'EARN' and cause_id = 'o-1' and program = 'points'`,
      { orders: 1, balances: 1 },
    ],
    [
      'a correction with other points',
      `update points_ledger set points = -3 where kind = 'REVERSE'`,
      { orders: 1, balances: 1 },
    ],
    [
      'an order that depends on others with other points',
      `update points_ledger set points = 2 where cause_id = 'o-5'`,
      { orders: 1, balances: 1 },
    ],
    [
      'a correction without an order',
      `delete from points_ledger where cause_id = 'o-1'`,
      { corrections: 1, refunds: 1, balances: 2 },
    ],
    [
      'a refund beyond the order',
      `update refunds set applied_minor = 125051, amount_minor = 125051 where refund_id = 'r-1'`,
      { orders: 2, refunds: 1 },
    ],
    [
      'a balance with other points',
      `update points_balances set points = points + 1 where customer_id = 'c-4'`,
      { balances: 1 },
    ],
    [
      'a lot with other points',
      `update points_lots set points = points + 1 where lot_id = '${expiringLot}'`,
      { lots: 1 },
    ],
    [
      'a redemption of more than was committed',
      `update redemptions set committed = 29 where redemption_id = 'd-1'`,
      { redeemed: 1 },
    ],
    [
      'a transfer that did not arrive',
      `delete from points_ledger where cause_id = 'x-1 in'`,
      { balances: 1, transfers: 1 },
    ],
    [
      'points that lapsed too early',
      `update points_ledger set occurred_at = occurred_at - interval '1 millisecond' where kind = 'EXPIRE'`,
      { expiries: 1 },
    ],
  ])('finds %s', async (_, statement, wrong) => {
    await asAnIntruder(statement);
    await sumAll();
    expect((await found('entries', 'wallets')).wrong).toEqual(wrong);
    expect((await position.state()).wrong).toEqual(
      Object.fromEntries(Object.entries(wrong).map(([check, number]) => [check, number])),
    );
  });

  it('finds a wrong balance again until it is repaired', async () => {
    await asAnIntruder(`update points_balances set points = points + 1 where customer_id = 'c-4'`);
    await sumAll();
    await found('entries', 'wallets');
    expect((await found('wallets')).wrong).toEqual({ balances: 1 });
    await asAnIntruder(`update points_balances set points = points - 1 where customer_id = 'c-4'`);
    expect((await found('wallets')).wrong).toEqual({});
    expect((await found('wallets')).examined).toEqual({});
  });

  it('rates an order by everything that belongs to it, also what is older or not summed yet', async () => {
    await sumAll();
    await found('entries', 'wallets');
    await sql`
      insert into refunds (tenant_id, refund_id, order_id, amount_minor, currency, status, applied_minor, cause, refunded_at)
      values ('default', 'r-3', 'o-1', 90000, 'INR', 'APPLIED', 90000, '/test 1', now())`;
    const taken = { orderId: 'o-1', amountMinor: 90_000, points: -9 };
    await ledgerStore(sql).commit(
      ['points', 'miles'].map((program) =>
        earnEntry({ ...taken, program, kind: 'REVERSE', causeId: 'r-3' }),
      ),
    );
    await sumAll();
    const { wrong, examined } = await found('entries', 'wallets');
    expect(wrong).toEqual({});
    // In miles an order depends on the two others of its customer.
    expect(examined).toEqual({ orders: 4, corrections: 2, refunds: 1, keys: 2, balances: 2 });
  });

  it('stops when its time is over, and continues with what is left', async () => {
    await sumAll();
    const isOver = () => true;
    expect(await audit.entries({ isOver, report: () => undefined })).toBe(false);
    expect((await position.state()).entriesBehind).toBeGreaterThan(0);
    expect((await found('entries')).examined['orders']).toBe(5);
  });
});

describe("the day's part of everything", () => {
  it('finds what was changed by hand after it was audited', async () => {
    await sumAll();
    await found('entries', 'wallets');
    await asAnIntruder(
      `update points_ledger set points = points + 1, amount_minor = amount_minor + 10000 where cause_id = 'o-4'`,
      `update points_balances set points = points + 1, lifetime = lifetime + 1 where customer_id = 'c-4'`,
      `update points_balances set points = points + 1 where customer_id = 'c-3'`,
      `update account_sums set lifetime = 1 where customer_id = 'c-2'`,
    );
    expect((await found('entries', 'wallets')).wrong).toEqual({});
    await begin();
    const { wrong, examined } = await found('slice');
    expect(wrong).toEqual({ balances: 1, sums: 2 });
    expect(examined).toMatchObject({ orders: 8, balances: 7, reservations: 4 });
    expect((await found('slice')).examined).toEqual({});
  });

  it('finds a wallet without a balance', async () => {
    await sumAll();
    await asAnIntruder(`delete from points_balances where customer_id = 'c-3'`);
    await begin();
    expect((await found('slice')).wrong).toEqual({ balances: 1 });
  });

  it('starts over with everything on request', async () => {
    await sumAll();
    await begin();
    await found('entries', 'wallets', 'slice', 'incentives');
    expect((await found('slice', 'incentives')).examined).toEqual({});
    await begin(true);
    expect((await found('entries', 'slice')).examined).toMatchObject({ orders: 13, sums: 6 });
  });
});

describe('the work of an audit', () => {
  const fill = (name: string, orders: number, customers = 500) => sql`
    with entry as (
      insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, lot_id, cause,
        occurred_at, order_id, amount_minor, currency, rule_version)
      select 'default', 'points', 'EARN', ${name} || n, 'c-' || n % ${customers}::integer, 1, 'issued',
        '00000000-0000-4000-8000-000000000000', '/test 1', '2026-06-01', ${name} || n, 10000, 'INR', 1
      from generate_series(1, ${orders}::integer) n returning customer_id
    )
    insert into points_balances as existing (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select 'default', customer_id, 'points', count(*), count(*), 1, now() from entry group by customer_id
    on conflict (tenant_id, customer_id, program) do update set points = existing.points + excluded.points,
      lifetime = existing.lifetime + excluded.lifetime`;
  const readsOfNew = async (name: string) => {
    await fill(name, 1_000);
    await summarizeLedger(sql);
    await sql`analyze points_ledger, points_balances, account_sums`;
    await sumAll();
    const mine = incrementalAudit(one, auditPosition(one));
    const reads = await rowsRead(one, [...tables, 'account_sums'], async () => {
      const report = ({ orders, balances }: AuditPart) => {
        expect([orders?.wrong ?? 0, balances?.wrong ?? 0]).toEqual([0, 0]);
      };
      expect(await mine.entries({ isOver: never, report })).toBe(true);
      expect(await mine.wallets({ isOver: never, report })).toBe(true);
    });
    return reads;
  };

  it('follows what is new, however much is old', async () => {
    await asAnIntruder(...[...tables.slice(0, 5), ...progress].map((table) => `truncate ${table}`));
    await fill('old-', 10_000);
    await sumAll();
    await found('entries', 'wallets');
    const young = await readsOfNew('first-');
    await fill('older-', 90_000);
    await sumAll();
    await found('entries', 'wallets');
    const aged = await readsOfNew('second-');
    expect(aged).toBeLessThan(young * 1.2);
  });

  it('reads no old entry of a wallet for its balance, however many it has', async () => {
    await fill('walk-in-', 50_000, 2);
    await sumAll();
    await summarizeLedger(sql);
    await sql`analyze points_ledger`;
    const key = { tenantId: 'default', customerId: 'c-1', program: 'points' };
    const reads = await rowsRead(one, ['points_ledger'], async () => {
      const { examined, wrong } = await atOneMoment(one, (tx) => auditBalancesBySums(tx, [key]));
      expect({ examined, wrong }).toEqual({ examined: 1, wrong: 0 });
    });
    expect(reads).toBeLessThan(20);
  });
});
