/** A ledger whose old months are archived, compared with one that keeps them all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { lotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { ledgerMonths, monthStart } from '#shared/testing/ledger-months.ts';
import {
  awardWorld,
  type OrderRecord,
  type ProgramSetup,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { awardPoints } from './handler.ts';

const runs = Number(process.env['ARCHIVE_RUNS'] ?? 2);
const monthsPerRun = 4;
const dayMs = 86_400_000;

/** The months of each run, which follow those of the previous run. */
const monthsOf = (run: number) =>
  Array.from({ length: monthsPerRun }, (_, month) => {
    const number = run * monthsPerRun + month;
    return `${1990 + Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`;
  });
const allMonths = Array.from({ length: runs + 1 }, (_, run) => monthsOf(run)).flat();

const worldOf = async () => {
  const world = await awardWorld(awardPoints);
  return { ...world, months: await ledgerMonths(world.sql, allMonths) };
};
const archived = await worldOf();
const whole = await worldOf();
const worlds = [archived, whole];

const everything: ProgramSetup = {
  terms: {
    rounding: 'carry',
    bands: { mode: 'marginal', bands: [{ fromMinor: 150_000, multiplierBp: 20_000 }] },
    caps: { order: 60, day: 70, month: 300 },
    expiry: { kind: 'rolling', days: 50 },
    refundPolicy: 'unlimited',
  },
  ladder: { window: { kind: 'rolling', days: 45 } },
};
const caps: ProgramSetup = { terms: { rounding: 'carry', caps: { month: 90 } } };

const monthAfter = (start: string): string => {
  const date = new Date(start);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString();
};

type Step = Readonly<
  | { kind: 'order'; customer: number; day: number; minor: number }
  | { kind: 'refund'; of: number; part: number }
  | { kind: 'redeem'; customer: number; points: number }
>;

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      customer: fc.nat(1),
      // Including late ones, by up to two months.
      day: fc.oneof({ weight: 3, arbitrary: fc.nat(24) }, fc.integer({ min: -60, max: 0 })),
      minor: fc.integer({ min: 1, max: 400_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refund' as const),
      of: fc.nat(),
      part: fc.integer({ min: 1, max: 10 }),
    }),
  },
  fc.record({
    kind: fc.constant('redeem' as const),
    customer: fc.nat(1),
    points: fc.integer({ min: 1, max: 30 }),
  }),
);
const anyMonth = fc.record({
  steps: fc.array(anyStep, { minLength: 2, maxLength: 7 }),
  /** How many of the months before it are archived after this one. */
  leaving: fc.nat(monthsPerRun),
});

/**
 * Balances and lots that follow from the ledger, and the earning states that later orders continue
 * from.
 */
const stateOf = async (sql: Sql, tenantId: string) => ({
  balances: await sql`
    select customer_id, program, points, pending, reserved, lifetime, version, reached_at from points_balances
    where tenant_id = ${tenantId} order by 1, 2`,
  lots: await sql`
    select customer_id, program, lot_id, account, points, reserved, expires_at from points_lots
    where tenant_id = ${tenantId} order by 1, 2, 3, 4`,
  lapsed: await sql`
    select customer_id, program, lot_id, points from lapsed_lots where tenant_id = ${tenantId} order by 1, 2, 3`,
  earning: await sql`
    select customer_id, program, state - array['mark', 'keptFrom', 'days'] as state, tier, falls_at
    from earning_accounts where tenant_id = ${tenantId} order by 1, 2`,
});

const entriesSince = (sql: Sql, tenantId: string, since: string) => sql`
  select program, kind, cause_id, customer_id, account, counter_account, points, order_id, amount_minor, lot_id,
    rule_version, occurred_at, recorded_at
  from points_ledger where tenant_id = ${tenantId} and recorded_at >= ${since}
  order by recorded_at, program, kind, cause_id`;

const statementOf = async (sql: Sql, tenantId: string, since: string) => {
  const page = await walletReader(sql).statement(
    { tenantId, customerId: 'c-0', program: 'points' },
    { limit: 1_000, from: new Date(since) },
  );
  const lines = page.lines.map(({ entry, after }) => ({ kind: entry.kind, after }));
  return { opening: page.opening, closing: page.closing, lines };
};

type World = (typeof worlds)[number];
type PlacedOrder = Readonly<{ orderId: string; placedAt: string; amountMinor: number }>;

/** A tenant in one of the worlds, with its own clock. */
const player = ({ sql, pod }: World, tenantId: string) => {
  let now = new Date();
  const { deliver } = pod(undefined, () => now);
  const wallets = walletStore(sql);
  return {
    /** Returns why a record was refused. */
    deliver: async (record: OrderRecord): Promise<string | undefined> => {
      const [outcome] = await deliver([record]);
      return outcome instanceof InvalidEvent ? outcome.code : undefined;
    },
    redeem: async (name: string, customerId: string, points: number): Promise<void> => {
      const redemptionId = derivedId(tenantId, name);
      await wallets.reserve(
        {
          ...{ tenantId, customerId, program: 'points', redemptionId, points, now },
          ...{ commit: true, cause: `/test ${name}`, reference: name, createdBy: 'test' },
          timesOutAt: now,
        },
        () => ({ id: derivedId('domainEvent', tenantId, name), time: now }) as never,
      );
    },
    /** Lets time pass, and points expire. */
    passTo: async (time: Date): Promise<void> => {
      now = time;
      const due = { event: 'expiry', tenantId, now, cause: '/test tick', lotsMax: 100 } as const;
      await lotStore(sql).changeDue(due, () => []);
    },
  };
};

/** A tenant in both worlds, whose months are archived in one of them. */
const story = async () => {
  const created = await Promise.all(
    worlds.map(({ createTenant }) => createTenant({ points: everything, caps })),
  );
  const [tenantId = ''] = created;
  expect(created[1]).toBe(tenantId);
  await archived.sql`insert into retention values (${tenantId}, 'points_ledger', 1)`;
  const players = worlds.map((world) => player(world, tenantId));
  const orders: PlacedOrder[] = [];
  let border = '';

  /** Records that are refused because their months are archived are delivered to one world only. */
  const deliver = async (record: OrderRecord, placedAt: string): Promise<void> => {
    const refusal = await players[0]?.deliver(record);
    if (refusal !== 'order-archived') expect(await players[1]?.deliver(record)).toBe(refusal);
    else expect(placedAt < border, `${placedAt} is before ${border}`).toBe(true);
  };

  const play = async (step: Step, { name, at }: Readonly<{ name: string; at: number }>) => {
    if (step.kind === 'order') {
      const placedAt = new Date(at + (step.day - 25) * dayMs).toISOString();
      const order = { orderId: `o-${name}`, placedAt, amountMinor: step.minor };
      orders.push(order);
      return deliver(placed({ tenantId, customerId: `c-${step.customer}`, ...order }), placedAt);
    }
    if (step.kind === 'refund') {
      const order = orders[step.of % Math.max(1, orders.length)];
      if (order === undefined) return undefined;
      const amountMinor = Math.ceil(order.amountMinor / step.part);
      const refund = { tenantId, refundId: `r-${name}`, orderId: order.orderId, amountMinor };
      return deliver(
        refunded({ ...refund, refundedAt: new Date(at).toISOString() }),
        order.placedAt,
      );
    }
    for (const { redeem } of players) await redeem(`p-${name}`, `c-${step.customer}`, step.points);
    return undefined;
  };

  return {
    tenantId,
    deliver: (record: OrderRecord) => players[0]?.deliver(record),
    playMonth: async (month: string, steps: readonly Step[]): Promise<void> => {
      for (const [number, step] of steps.entries()) {
        const at = Date.parse(monthStart(month)) + 25 * dayMs + number * 60_000;
        for (const { passTo } of players) await passTo(new Date(at));
        await play(step, { name: `${month}-${number}`, at });
      }
      for (const { months } of worlds) {
        await months.recordOn(`${month}-26T00:00:00Z`);
        await months.pretendAudited();
      }
    },
    /** Archives the months before one. */
    archiveBefore: async (month: string): Promise<void> => {
      if (monthStart(month) > border) border = monthStart(month);
      await archived.months.archive(monthAfter(border));
      const online = allMonths.filter((each) => monthStart(each) >= border);
      expect(await archived.months.online()).toEqual(online);
    },
    expectSame: async (): Promise<void> => {
      for (const read of [stateOf, entriesSince, statementOf]) {
        const [one, other] = await Promise.all(
          worlds.map(({ sql }) => read(sql, tenantId, border)),
        );
        expect(one).toEqual(other);
      }
      expect(await archived.months.wrong()).toEqual([]);
    },
  };
};

describe('a ledger whose old months are archived', () => {
  let run = 0;

  it('has the same results as one that keeps them, whenever they are archived', {
    timeout: 600_000,
  }, async () => {
    const anyStory = fc.array(anyMonth, { minLength: monthsPerRun, maxLength: monthsPerRun });
    await fc.assert(
      fc.asyncProperty(anyStory, async (played) => {
        const months = monthsOf(run);
        run += 1;
        const { playMonth, archiveBefore, expectSame } = await story();
        for (const [index, { steps, leaving }] of played.entries()) {
          await playMonth(months[index] ?? '', steps);
          await archiveBefore(months[Math.min(leaving, index)] ?? '');
        }
        await expectSame();
      }),
      { numRuns: runs, endOnFailure: true },
    );
  });

  it('refuses what would change archived orders, and continues from the state after them', async () => {
    const [first = '', second = '', third = '', fourth = ''] = monthsOf(runs);
    const { tenantId, deliver, playMonth, archiveBefore, expectSame } = await story();
    const order = (day: number, minor = 200_000) =>
      ({ kind: 'order', customer: 0, day, minor }) as const;
    await playMonth(first, [order(3), order(10), { kind: 'redeem', customer: 0, points: 10 }]);
    await playMonth(second, [order(2), order(20), { kind: 'refund', of: 1, part: 2 }]);
    await playMonth(third, [order(5)]);
    await archiveBefore(third);

    const late = (orderId: string, placedAt: string) =>
      deliver(placed({ tenantId, customerId: 'c-0', orderId, amountMinor: 100_000, placedAt }));
    expect(await late('late', `${second}-20T23:59:59Z`)).toBe('order-archived');
    expect(await late('late', `${second}-20T23:59:59Z`)).toBe('order-archived');
    const ofSecond = { tenantId, refundId: 'r-x', orderId: `o-${second}-1`, amountMinor: 1 };
    const refund = refunded({ ...ofSecond, refundedAt: `${third}-24T00:00:00Z` });
    expect(await deliver(refund)).toBe('order-archived');
    expect(
      await archived.sql`
      select status, reason from refunds where tenant_id = ${tenantId} and refund_id = 'r-x'`,
    ).toEqual([{ status: 'REFUSED', reason: 'order-archived' }]);

    await playMonth(fourth, [order(-20), order(-35), { kind: 'refund', of: 4, part: 3 }, order(1)]);
    await expectSame();
    // Whoever changes the state that later orders are rated from is found by what they were paid.
    await archived.sql`
      update earning_borders set state = jsonb_set(state, '{carry}', '["9", "10"]') where tenant_id = ${tenantId}`;
    expect(await archived.months.wrong()).toMatchObject([{ check: 'orders' }, { check: 'orders' }]);
    await archived.sql`delete from earning_borders where tenant_id = ${tenantId}`;
    expect(await archived.months.wrong()).toMatchObject([{ check: 'orders' }, { check: 'orders' }]);
  });
});
