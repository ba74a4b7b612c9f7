import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '#shared/domain/earning/earning-state.ts';
import type { EarningTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { recordEntries } from '#shared/stores/postgres/ledger/record-entries.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { runs } from '#shared/testing/runs.ts';
import {
  awardWorld,
  type ProgramSetup,
  placed,
  progressed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { awardPoints } from './handler.ts';

const world = await awardWorld(awardPoints);
const { sql, expectSound } = world;
const { deliver } = world.pod();
const createTenant = (setup: ProgramSetup = {}) => world.createTenant({ points: setup });

const walletOf = async (tenantId: string, customerId = 'c-1') => {
  const [balance] = await sql<{ points: number; pending: number; lifetime: number }[]>`
    select points, pending, lifetime from points_balances
    where tenant_id = ${tenantId} and customer_id = ${customerId}`;
  const lots = await sql<{ lotId: string; account: string; points: number }[]>`
    select lot_id, account, points from points_lots
    where tenant_id = ${tenantId} and customer_id = ${customerId} and points <> 0 order by lot_id, account`;
  const orders = await sql<{ orderId: string; points: number }[]>`
    select order_id, sum(points)::bigint as points from points_ledger
    where tenant_id = ${tenantId} and customer_id = ${customerId} and kind in ('EARN', 'REVERSE', 'REVISE')
    group by order_id order by order_id`;
  return { ...balance, lots: [...lots], orders: [...orders] };
};

const dayMs = 86_400_000;
const start = Date.parse('2026-06-01T06:00:00Z');

const order = (tenantId: string, number: number, fields: object = {}) =>
  placed({
    tenantId,
    orderId: `o-${number}`,
    customerId: 'c-1',
    amountMinor: 100_000,
    placedAt: new Date(start + number * dayMs).toISOString(),
    ...fields,
  });
const refund = (tenantId: string, number: number, fields: object = {}) =>
  refunded({
    tenantId,
    refundId: `r-${number}`,
    orderId: `o-${number}`,
    refundedAt: '2026-08-01T00:00:00Z',
    ...fields,
  });

const everything: ProgramSetup = {
  terms: {
    rounding: 'carry',
    bands: { mode: 'marginal', bands: [{ fromMinor: 150_000, multiplierBp: 20_000 }] },
    caps: { order: 60, day: 70, month: 300 },
    expiry: { kind: 'rolling', days: 400 },
    promotions: [
      {
        id: 'monsoon',
        from: new Date(start + 5 * dayMs),
        until: new Date(start + 9 * dayMs),
        multiplierBp: 30_000,
      },
    ],
    refundPolicy: 'unlimited',
  },
  ladder: {},
};

describe('no order of arrival changes the result', () => {
  const arrivals = fc.record({
    orders: fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 45 }),
        minor: fc.integer({ min: 1, max: 400_000 }),
        back: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    seed: fc.integer(),
  });

  const shuffled = <Item>(items: readonly Item[], seed: number): Item[] => {
    let state = seed >>> 0;
    const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
    return items
      .map((item) => ({ item, place: next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ item }) => item);
  };

  it.each([
    ['with tiers, bands, carry, caps, a promotion and expiry', everything],
    ['with nothing but a rate', {}],
  ])('%s', { timeout: 120_000 }, async (_what, setup) => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ orders, seed }) => {
        const [inOrder, mixed] = [await createTenant(setup), await createTenant(setup)];
        const recordsOf = (tenantId: string) => [
          ...orders.map(({ day, minor }, number) =>
            order(tenantId, number, {
              amountMinor: minor,
              placedAt: new Date(start + day * dayMs + number * 1_000).toISOString(),
            }),
          ),
          ...orders.flatMap(({ minor, back }, number) =>
            back === undefined
              ? []
              : [refund(tenantId, number, { amountMinor: Math.ceil(minor * back) })],
          ),
        ];
        await deliver(recordsOf(inOrder));
        // Everything is delivered twice, in any order, including refunds before their orders.
        await deliver(shuffled([...recordsOf(mixed), ...recordsOf(mixed)], seed));
        const [one, other] = [await walletOf(inOrder), await walletOf(mixed)];
        expect({ ...other, lots: totalOf(other.lots) }).toEqual({
          ...one,
          lots: totalOf(one.lots),
        });
        await expectSound();

        const { programs, timeZone } = (await tenantStore(sql).find(mixed))!;
        const left = orders.map(({ day, minor, back }, number) => ({
          orderId: `o-${number}`,
          placedAt: new Date(start + day * dayMs + number * 1_000),
          amountMinor: minor - (back === undefined ? 0 : Math.ceil(minor * back)),
          currency: 'INR',
          cohorts: [],
        }));
        const { ratings } = replay({ program: programs[0]!, timeZone }, left);
        const worth = new Map(ratings.map(({ orderId, points }) => [orderId, points]));
        expect(new Map(other.orders.map(({ orderId, points }) => [orderId, points]))).toEqual(
          new Map(left.map(({ orderId }) => [orderId, worth.get(orderId) ?? 0])),
        );
      }),
      { numRuns: runs(12) },
    );
  });

  const totalOf = (lots: readonly { points: number }[]) =>
    lots.reduce((sum, { points }) => sum + points, 0);
});

describe('refunds', () => {
  it('an order and its full refund earn nothing, however often both are repeated', async () => {
    const tenantId = await createTenant(everything);
    for (let number = 0; number < 20; number += 1) {
      await deliver([order(tenantId, number, { amountMinor: 300_000 }), refund(tenantId, number)]);
    }
    expect(await walletOf(tenantId)).toMatchObject({
      points: 0,
      pending: 0,
      lifetime: 0,
      lots: [],
    });
  });

  it('a tier that was reached by refunded orders gives no later order a bonus', async () => {
    const tenantId = await createTenant({ ladder: { window: { kind: 'lifetime' } } });
    await deliver([order(tenantId, 1, { amountMinor: 900_000 }), order(tenantId, 2)]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 90 + 20 });
    const [done] = await deliver([refund(tenantId, 1)]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 10 });
    const [left] =
      await sql`select count(*)::int as waiting from outbox where fact->>'tenantId' = ${tenantId}`;
    expect(left).toEqual({ waiting: 0 });
    expect(eventsOf(done).map(({ type }) => type)).toEqual([
      'guerdon.points.reversed.v1',
      'guerdon.points.revised.v1',
      'guerdon.tier.changed.v1',
    ]);
  });

  it('many concurrent refunds of one order never exceed it', async () => {
    const tenantId = await createTenant();
    await deliver([order(tenantId, 1)]);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, number) =>
        deliver([refund(tenantId, 1, { refundId: `x-${number}`, amountMinor: 30_000 })]),
      ),
    );
    const refused = outcomes.flat().filter((outcome) => outcome instanceof Error);
    expect(refused).toHaveLength(9);
    expect(refused[0]).toMatchObject({ code: 'refund-exceeds-order' });
    expect(await walletOf(tenantId)).toMatchObject({ points: 1 });
  });

  it.each([
    ['the id of another refund', { refundId: 'r-1', amountMinor: 5 }, 'refund-conflict'],
    ['more than is left', { refundId: 'r-9', amountMinor: 90_001 }, 'refund-exceeds-order'],
    ['another currency', { refundId: 'r-9', currency: 'USD' }, 'wrong-currency'],
    [
      'a line that was refunded',
      { refundId: 'r-9', lines: [{ lineId: 'l-1', amountMinor: 1 }] },
      'line-refunded',
    ],
    ['an unknown tenant', { refundId: 'r-9', tenantId: 'nobody' }, 'unknown-tenant'],
  ])('%s is refused and changes nothing', async (_what, fields, code) => {
    const tenantId = await createTenant();
    await deliver([
      order(tenantId, 1),
      refund(tenantId, 1, { lines: [{ lineId: 'l-1', amountMinor: 10_000 }] }),
    ]);
    const before = await walletOf(tenantId);
    expect(await deliver([refund(tenantId, 1, fields)])).toMatchObject([{ code }]);
    expect(await deliver([refund(tenantId, 1, fields)])).toMatchObject([{ code }]);
    expect(await walletOf(tenantId)).toEqual(before);
  });

  it.each([
    ['unlimited', -60, 0],
    ['within-balance', 0, 60],
    ['only-pending', 40, 100],
  ] as const)('%s: what was spent already', async (refundPolicy, points, writtenOff) => {
    const tenantId = await createTenant({ terms: { refundPolicy } });
    await deliver([order(tenantId, 1, { amountMinor: 1_000_000 })]);
    const spent = earnEntry({
      tenantId,
      customerId: 'c-1',
      orderId: 'x',
      kind: 'ADJUST',
      points: -60,
      counterAccount: 'adjusted',
      lotId: everlastingLotId,
    });
    await recordEntries(sql, [spent]);
    const [done] = await deliver([refund(tenantId, 1)]);
    expect(eventsOf(done)[0]?.data).toMatchObject({ points: 100, writtenOff });
    expect(await walletOf(tenantId)).toMatchObject({
      points,
      orders: [{ orderId: 'o-1', points: 0 }, { orderId: 'x' }].slice(0, 1),
    });
    await expectSound();
  });
});

describe('records without a currency', () => {
  const dollars = async (currency = 'USD') => {
    const tenantId = await createTenant();
    await sql`update tenants set currency = ${currency} where tenant_id = ${tenantId}`;
    await sql`insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
      select tenant_id, program, 2, ${currency}, terms, valid_from from earning_rules where tenant_id = ${tenantId}`;
    return tenantId;
  };

  it.each([
    ['the tenant’s', {}, 'USD'],
    ['another one', { currency: 'INR' }, 'INR'],
  ])('are in that of their order, %s, whichever comes first', async (_what, fields, currency) => {
    const tenantId = await dollars();
    const part = { amount: '300.00' };
    await deliver([order(tenantId, 1, fields), refund(tenantId, 1, part)]);
    await deliver([
      refund(tenantId, 2, part),
      order(tenantId, 2, fields),
      refund(tenantId, 2, part),
    ]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 7 + 7 });
    const refunds = await sql`select currency, status from refunds where tenant_id = ${tenantId}`;
    expect([...refunds]).toEqual(Array(2).fill({ currency, status: 'APPLIED' }));
    await expectSound();
  });

  it('are refused where decimals are not certain', async () => {
    const tenantId = await dollars('JPY');
    const outcomes = await deliver([
      order(tenantId, 1),
      order(tenantId, 1, { currency: 'JPY' }),
      refund(tenantId, 1, { amount: '300' }),
      refund(tenantId, 1, { amount: '30000', currency: 'JPY' }),
    ]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'done'))).toEqual([
      'no-currency',
      'done',
      'wrong-currency',
      'done',
    ]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 7 });
  });
});

it.each([
  ['another currency', { currency: 'USD' }],
  ['too much', { amountMinor: 100_001 }],
  ['another order', { orderId: 'o-2', amountMinor: 100_001 }],
])('a refund that was refused for %s can be sent again, corrected', async (_what, wrong) => {
  const tenantId = await createTenant();
  await deliver([order(tenantId, 1), order(tenantId, 2)]);
  const [first, second, third, late] = await deliver([
    refund(tenantId, 1, wrong),
    refund(tenantId, 1, { amountMinor: 50_000 }),
    refund(tenantId, 1, { amountMinor: 50_000 }),
    refund(tenantId, 1, wrong),
  ]);
  expect(first).toBeInstanceOf(Error);
  expect([eventsOf(second).length, eventsOf(third)]).toEqual([1, []]);
  expect(late).toMatchObject({ code: 'refund-conflict' });
  expect(await walletOf(tenantId)).toMatchObject({ points: 5 + 10 });
});

describe('a refund that takes from several lots', () => {
  it('does not use up the id of another refund', async () => {
    const tenantId = await createTenant();
    await deliver([order(tenantId, 1)]);
    const spent = earnEntry({
      tenantId,
      orderId: 'x',
      kind: 'ADJUST',
      points: -6,
      counterAccount: 'adjusted',
      lotId: everlastingLotId,
    });
    await recordEntries(sql, [spent]);
    const outcomes = await deliver([
      refund(tenantId, 1, { refundId: 'R100' }),
      order(tenantId, 2),
      refund(tenantId, 2, { refundId: 'R100#2' }),
    ]);
    expect(outcomes.filter((outcome) => outcome instanceof Error)).toEqual([]);
    expect(await walletOf(tenantId)).toMatchObject({ lifetime: 0 });
    await expectSound();
  });
});

describe('pending points', () => {
  const terms: Partial<EarningTerms> = {
    pending: { kind: 'event', name: 'delivered' },
    expiry: { kind: 'rolling', days: 400 },
  };

  it.each([
    ['after its order', [0, 1]],
    ['before its order', [1, 0]],
    ['twice', [0, 1, 1, 0]],
  ])('become usable once by the event that comes %s', async (_what, sequence) => {
    const tenantId = await createTenant({ terms });
    const records = [
      order(tenantId, 1),
      progressed({ tenantId, orderId: 'o-1', progress: 'delivered' }),
    ];
    await deliver([order(tenantId, 2)]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 0, pending: 10 });
    await deliver(sequence.map((index) => records[index]!));
    expect(await walletOf(tenantId)).toMatchObject({ points: 10, pending: 10 });
    await expectSound();
  });

  it('are reversed first, also by a policy that takes nothing else', async () => {
    const tenantId = await createTenant({ terms: { ...terms, refundPolicy: 'only-pending' } });
    await deliver([order(tenantId, 1), refund(tenantId, 1)]);
    expect(await walletOf(tenantId)).toMatchObject({ points: 0, pending: 0, lots: [] });
    await expectSound();
  });
});

describe('a wallet where orders depend on each other', () => {
  it('awards each order once, however many deliver it at once', async () => {
    const tenantId = await createTenant(everything);
    const records = Array.from({ length: 30 }, (_, number) => order(tenantId, number));
    await Promise.all(Array.from({ length: 6 }, () => deliver(records)));
    const once = await createTenant(everything);
    await deliver(
      records.map(({ contract, data }) => ({ contract, data: { ...data, tenantId: once } })),
    );
    const { orders } = await walletOf(once);
    expect(await walletOf(tenantId)).toMatchObject({ orders });
    await expectSound();
  });

  it('refuses an order whose id is recorded with other content, and pays the others of its batch', async () => {
    const tenantId = await createTenant(everything);
    await deliver([order(tenantId, 1)]);
    const outcomes = await deliver([
      order(tenantId, 1, { amountMinor: 5 }),
      order(tenantId, 2),
      order(tenantId, 1, { customerId: 'c-2' }),
    ]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'done'))).toEqual([
      'order-conflict',
      'done',
      'order-conflict',
    ]);
  });
});
