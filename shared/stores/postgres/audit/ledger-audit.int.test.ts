import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { wrongIn } from '#shared/testing/expect-sound.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { anyWorld } from '#shared/testing/worlds/earning-worlds.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import {
  expiringLot,
  pendingLot,
  recordEverything,
} from '#shared/testing/worlds/record-everything.ts';
import { recordWorld } from '#shared/testing/worlds/record-world.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { accuracyPpm, auditLedger, isSound, type LedgerAudit } from './ledger-audit.ts';

const sql = await testSql({ max: 2 });
const asAnIntruder = intruder(sql);

const tables = [
  'points_ledger',
  'points_balances',
  'points_lots',
  'lapsed_lots',
  'redemptions',
  'refunds',
  'earning_rules',
];

const saveAll = () =>
  asAnIntruder(
    'create schema saved',
    ...tables.map((t) => `create table saved.${t} as table ${t}`),
  );
const restoreAll = () =>
  asAnIntruder(
    ...tables.map((t) => `truncate ${t}`),
    ...tables.map((t) => `insert into ${t} overriding system value select * from saved.${t}`),
  );

/** How each kind of damage is done, which checks find it, and what the first of them reports. */
const damages: readonly (readonly [
  string,
  string,
  Partial<Record<keyof LedgerAudit, number>>,
  object,
])[] = [
  [
    'an order that was booked twice',
    `insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account, amount_minor,
        currency, rule_version, lot_id, cause, occurred_at)
      select tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account, amount_minor,
        currency, rule_version, lot_id, cause, occurred_at
      from points_ledger where kind = 'EARN' and cause_id = 'o-2' and program = 'points';
    update points_balances balance set points = balance.points + entry.points, lifetime = lifetime + entry.points
      from points_ledger entry where kind = 'EARN' and cause_id = 'o-2' and entry.program = 'points'
        and balance.program = 'points' and balance.customer_id = entry.customer_id`,
    { keys: 1 },
    {},
  ],
  [
    'an entry with other points',
    `update points_ledger set points = 13 where kind = 'EARN' and cause_id = 'o-1' and program = 'points'`,
    { orders: 1, balances: 1 },
    {
      subject: 'points o-1',
      recorded: '11 points by rule 1',
      recomputed: '10 points by rule 1',
    },
  ],
  [
    'a correction with other points',
    `update points_ledger set points = -3 where kind = 'REVERSE'`,
    { orders: 1, balances: 1 },
    { subject: 'points o-1', recorded: '9 points by rule 1' },
  ],
  [
    'an order by another rule',
    `update points_ledger set rule_version = 2 where cause_id = 'o-2'`,
    { orders: 1 },
    { recorded: '50 points by rule 2', recomputed: '50 points by rule 1' },
  ],
  [
    'an order by no rule',
    `update points_ledger set rule_version = null where cause_id = 'o-2'`,
    { orders: 1 },
    { recorded: '50 points by rule none' },
  ],
  [
    'an order that no rule explains',
    `update points_ledger set currency = 'USD' where cause_id = 'o-2'`,
    { orders: 1 },
    { subject: 'points o-2', recomputed: 'no rule for it' },
  ],
  [
    'an order with another amount',
    `update points_ledger set amount_minor = 499999 where cause_id = 'o-2'`,
    { orders: 1 },
    { recomputed: '49 points by rule 1' },
  ],
  [
    'an order moved to another time',
    `update points_ledger set occurred_at = '2026-06-15' where cause_id = 'o-2' and kind = 'EARN'`,
    { orders: 1 },
    { recomputed: '150 points by rule 2' },
  ],
  [
    'an order that depends on others with other points',
    `update points_ledger set points = 2 where cause_id = 'o-5'`,
    { orders: 1, balances: 1 },
    {
      subject: 'miles o-5',
      recorded: '2 points by rule 1',
      recomputed: '1 points by rule 1',
    },
  ],
  [
    'an order before another that it depends on',
    `update points_ledger set occurred_at = '2026-06-01' where cause_id = 'o-6'`,
    { orders: 2 },
    { subject: 'miles o-5', recomputed: '2 points by rule 1' },
  ],
  [
    'other terms',
    `update earning_rules set terms = jsonb_set(terms, '{rate,points}', '2') where program = 'points' and version = 1`,
    { orders: 4 },
    { subject: 'points o-1', recomputed: '20 points by rule 1' },
  ],
  [
    'no order to a correction and a refund',
    `delete from points_ledger where cause_id = 'o-1'`,
    { corrections: 1, refunds: 1, balances: 2 },
    { subject: 'points o-1', recomputed: 'no such order' },
  ],
  [
    'a refund beyond the order',
    `update refunds set applied_minor = 125051, amount_minor = 125051 where refund_id = 'r-1'`,
    { orders: 2, refunds: 1 },
    { recomputed: 'refunded beyond its amount' },
  ],
  [
    'a refund of more than was asked for',
    `update refunds set amount_minor = 25049 where refund_id = 'r-1'`,
    { refunds: 1 },
    { subject: 'order o-1', recorded: 'a refund took more than it asked for' },
  ],
  [
    'a refund in another currency',
    `update refunds set currency = 'USD' where refund_id = 'r-1'`,
    { refunds: 1 },
    { recorded: '25050 USD refunded', recomputed: 'of 125050 INR' },
  ],
  [
    'a refund that took something before it was applied',
    `update refunds set status = 'WAITING' where refund_id = 'r-1'`,
    { refunds: 1 },
    { recorded: 'a refund that was not applied took something' },
  ],
  ...(['points', 'pending', 'lifetime'] as const).map(
    (column) =>
      [
        `a balance with another ${column}`,
        `update points_balances set ${column} = ${column} + 1 where customer_id = 'c-3'`,
        { balances: 1 },
        { recomputed: '10 points, 20 pending, 0 reserved, 30 ever' },
      ] as const,
  ),
  [
    'a balance with another reservation',
    `update points_balances set reserved = 19 where customer_id = 'c-4'`,
    { balances: 1 },
    { recorded: '45 points, 0 pending, 19 reserved, 80 ever' },
  ],
  [
    'a balance that vanished',
    `delete from points_balances where customer_id = 'c-3'`,
    { balances: 1 },
    { subject: 'points c-3', recorded: 'no balance' },
  ],
  [
    'a balance that nothing explains',
    `delete from points_ledger where cause_id = 'o-0'`,
    { balances: 1 },
    { recorded: '0 points, 0 pending, 0 reserved, 0 ever', recomputed: 'no entries' },
  ],
  ...(['points_lots', 'lapsed_lots'] as const).map(
    (table) =>
      [
        `a lot with other points in ${table}`,
        `update ${table} set points = points + 1 where lot_id = '${expiringLot}'`,
        { lots: 1 },
        { subject: `points c-2 available lot ${expiringLot}` },
      ] as const,
  ),
  [
    'a lot with another reservation',
    `update points_lots set reserved = 9 where lot_id = '${expiringLot}'`,
    { lots: 1 },
    { subject: `points c-2 available lot ${expiringLot}` },
  ],
  [
    'a lot with another date',
    `update points_lots set expires_at = '2027-07-01' where lot_id = '${pendingLot}' and account = 'pending'`,
    { lots: 1 },
    { subject: `points c-3 pending lot ${pendingLot}` },
  ],
  [
    'a lot that vanished',
    `delete from points_lots where lot_id = '${pendingLot}' and account = 'available'`,
    { lots: 1 },
    { recorded: 'no lot' },
  ],
  [
    'a lot that nothing explains',
    `insert into points_lots select tenant_id, 'c-0', program, lot_id, account, points from points_lots where account = 'pending'`,
    { lots: 1 },
    { recomputed: 'no entries' },
  ],
  [
    'a lot that owes',
    `update points_ledger set points = -51 where kind = 'EXPIRE'; update points_lots set points = -1 where lot_id = '${expiringLot}'; update lapsed_lots set points = 51`,
    { balances: 1, lots: 1 },
    {},
  ],
  [
    'a reservation that no lot holds',
    `update redemptions set lots = '[]' where redemption_id = 'd-3'`,
    { lots: 1, reservations: 1 },
    {},
  ],
  [
    'a void that took something',
    `update redemptions set committed = 1 where redemption_id = 'd-4'`,
    { reservations: 1, redeemed: 1 },
    { subject: 'points redemption d-4' },
  ],
  [
    'a redemption of more than was committed',
    `update redemptions set committed = 29 where redemption_id = 'd-1'`,
    { redeemed: 1 },
    { recorded: '30 points redeemed', recomputed: '29 points committed' },
  ],
  [
    'a redemption without its entries',
    `delete from points_ledger where kind = 'REDEEM'`,
    { balances: 1, redeemed: 1 },
    { recorded: '45 points, 0 pending, 20 reserved, 80 ever' },
  ],
  [
    'a transfer that did not arrive',
    `delete from points_ledger where cause_id = 'x-1 in'`,
    { balances: 1, transfers: 1 },
    {},
  ],
  [
    'points that lapsed too early',
    `update points_ledger set occurred_at = occurred_at - interval '1 millisecond' where kind = 'EXPIRE'`,
    { expiries: 1 },
    { subject: 'points expiry e-1' },
  ],
  [
    'points that lapsed without a date',
    `update points_ledger set expires_at = null where kind = 'EXPIRE'`,
    { lots: 1, expiries: 1 },
    {},
  ],
];

describe('auditLedger', () => {
  beforeAll(async () => {
    await recordEverything(sql);
    await saveAll();
  });

  it('finds nothing wrong with what is right', async () => {
    const audit = await auditLedger(sql);
    expect(wrongIn(audit)).toEqual({});
    expect(isSound(audit)).toBe(true);
    expect(accuracyPpm(audit)).toBe(1_000_000);
    expect(audit).toMatchObject({
      orders: { examined: 8 },
      corrections: { examined: 1 },
      refunds: { examined: 1 },
      balances: { examined: 7 },
      lots: { examined: 3 },
      reservations: { examined: 4 },
      redeemed: { examined: 1 },
      transfers: { examined: 1 },
      expiries: { examined: 1 },
    });
  });

  it.each(damages)('finds %s', async (_, statement, wrong, example) => {
    await asAnIntruder(statement);
    const audit = await auditLedger(sql);
    await restoreAll();
    expect(wrongIn(audit)).toEqual(wrong);
    expect(isSound(audit)).toBe(false);
    const [first] = Object.values(audit).filter((result) => result.wrong > 0);
    expect(first?.examples).toContainEqual(
      expect.objectContaining({ tenantId: 'default', ...example }),
    );
  });

  it('shows the first ten of many, and the share that is right', async () => {
    await ledgerStore(sql).commit(
      Array.from({ length: 32 }, (_, index) => earnEntry({ orderId: `w-${index}`, points: 1 })),
    );
    const audit = await auditLedger(sql);
    await restoreAll();
    expect(audit.orders).toMatchObject({ examined: 40, wrong: 32 });
    expect(audit.orders.examples).toHaveLength(10);
    expect(accuracyPpm(audit)).toBe(200_000);
  });

  it('agrees with the engine about random programs, time zones included', async () => {
    const worlds = [true, false].flatMap((isAlone) =>
      fc
        .sample(anyWorld(isAlone), 120)
        .map((world, index) => ({ world, tenantId: `${isAlone ? 'alone' : 'world'}-${index}` })),
    );
    let paid = 0;
    for (const { world, tenantId } of worlds) paid += await recordWorld(sql, tenantId, world);
    const { orders, ...others } = await auditLedger(sql);
    const wrong = new Set(orders.examples.map(({ tenantId }) => tenantId));
    const explained = worlds.filter(({ tenantId }) => wrong.has(tenantId));
    expect(orders, JSON.stringify(explained, undefined, 2)).toMatchObject({
      examined: paid + 8,
      wrong: 0,
    });
    expect(Object.values(others).every((result) => result.wrong === 0)).toBe(true);
  });
});
