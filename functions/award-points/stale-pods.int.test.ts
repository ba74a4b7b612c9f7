import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EarningTerms, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { runs } from '#shared/testing/runs.ts';
import {
  awardWorld,
  type OrderRecord,
  type Pod,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { tierLadder } from '#shared/testing/worlds/earning.ts';
import { awardPoints } from './handler.ts';

const { createTenant, expectSound, pod, sql } = await awardWorld(awardPoints);

const rate = { points: 1, perMinor: 10_000 };
const ladder = tierLadder({ tiers: [{ name: 'Silver', threshold: 100, multiplierBp: 20_000 }] });

const beginLadder = (tenantId: string, version: number, validFrom: Date) => sql`
  insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
  values (${tenantId}, 'points', ${version}, ${JSON.stringify(ladder)}::text::jsonb, ${validFrom}, 'test')`;
const beginRule = (
  tenantId: string,
  version: number,
  { validFrom, ...terms }: Partial<EarningTerms> & { validFrom: Date },
) => sql`
  insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
  values (${tenantId}, 'points', ${version}, 'INR', ${JSON.stringify({ ...plainTerms, rate, ...terms })}::text::jsonb, ${validFrom})`;

const pointsOf = async (tenantId: string) => {
  const rows = await sql<{ orderId: string; points: number }[]>`
    select order_id, sum(points)::int as points from points_ledger
    where tenant_id = ${tenantId} and customer_id = 'c-1' group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ orderId, points }) => [orderId, points]));
};
const stateOf = async (tenantId: string) => {
  const [row] = await sql<{ earned: number; tier: string | null }[]>`
    select (state -> 'lifetime' ->> 'earned')::int as earned, tier from earning_accounts
    where tenant_id = ${tenantId} and customer_id = 'c-1'`;
  return row;
};

describe('a pod that does not know the first tiers yet', () => {
  const order = (tenantId: string, number: number, amount: number, time: string) =>
    placed({
      tenantId,
      orderId: `o-${number}`,
      customerId: 'c-1',
      amount,
      placedAt: `2026-12-30T${time}Z`,
    });

  /**
   * A tenant, a pod that has cached it without tiers, and one that knows the tiers that begin at
   * 12:05.
   */
  const setUp = async () => {
    const tenantId = await createTenant();
    const stale = pod();
    await stale.deliver([placed({ tenantId, orderId: 'w', customerId: 'w', amount: 100 })]);
    await beginLadder(tenantId, 1, new Date('2026-12-30T12:05:00Z'));
    return { tenantId, stale, fresh: pod() };
  };

  it('adds an order to the state that other pods store for its customer', async () => {
    const { tenantId, stale, fresh } = await setUp();
    await fresh.deliver([order(tenantId, 2, 100, '12:00:02')]);
    await stale.deliver([order(tenantId, 3, 20_000, '12:00:05')]);
    expect(await stateOf(tenantId)).toMatchObject({ earned: 201 });
    await fresh.deliver([order(tenantId, 4, 1_000, '12:06:00')]);
    expect(await pointsOf(tenantId)).toEqual({ 'o-2': 1, 'o-3': 200, 'o-4': 20 });
    expect(await stateOf(tenantId)).toEqual({ earned: 221, tier: 'Silver' });
    await expectSound();
  });

  it('and one that does, running concurrently, leave a state that includes both orders', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { tenantId, stale, fresh } = await setUp();
      await Promise.all([
        stale.deliver([order(tenantId, 3, 20_000, '12:00:05')]),
        fresh.deliver([order(tenantId, 2, 100, '12:00:02')]),
      ]);
      expect(await stateOf(tenantId)).toMatchObject({ earned: 201 });
    }
    await expectSound();
  });

  it('applies a later refund, also to the state', async () => {
    const { tenantId, stale, fresh } = await setUp();
    await fresh.deliver([order(tenantId, 2, 20_000, '12:00:02')]);
    const refund = refunded({ tenantId, refundId: 'r-1', orderId: 'o-2' });
    await expect(stale.deliver([refund])).rejects.toThrow(Unavailable);
    await fresh.deliver([refund]);
    expect(await stateOf(tenantId)).toMatchObject({ earned: 0 });
    await expectSound();
  });
});

describe('a version without checkpoints', () => {
  const dependent = { terms: { rounding: 'carry', caps: { day: 70 } }, ladder: {} } as const;
  const order = (tenantId: string, number: number, hour: number) =>
    placed({
      tenantId,
      orderId: `o-${number}`,
      customerId: 'c-1',
      amountMinor: 123_456,
      placedAt: new Date(Date.UTC(2026, 10, 1, hour)).toISOString(),
    });

  /**
   * Pays orders as that version does: it rates all again for a late one, and leaves the
   * checkpoints as they are.
   */
  const payUnaware = async (tenantId: string, records: readonly OrderRecord[]): Promise<void> => {
    await sql`create table left_alone as select * from earning_checkpoints where tenant_id = ${tenantId}`;
    await pod().deliver(records);
    await sql`delete from earning_checkpoints where tenant_id = ${tenantId}`;
    await sql`insert into earning_checkpoints select * from left_alone`;
    await sql`drop table left_alone`;
    await sql`update earning_accounts set state = state - 'mark' where tenant_id = ${tenantId}`;
  };

  it('leaves checkpoints that are not used after it changed an order before them', async () => {
    const tenantId = await createTenant({ points: dependent });
    for (let number = 1; number <= 20; number += 1)
      await pod().deliver([order(tenantId, number, number * 4)]);
    await payUnaware(tenantId, [order(tenantId, 21, 0)]);
    await pod().deliver([order(tenantId, 22, 78)]);
    await expectSound();
    await pod().deliver([order(tenantId, 23, 84), order(tenantId, 24, 77)]);
    await expectSound();
  });

  it('and one with them, processing orders of a customer in turn, award what the recomputation expects', async () => {
    const tenantId = await createTenant({ points: dependent });
    for (let number = 1; number <= 40; number += 1) {
      const record = order(tenantId, number, (number * 37) % 41);
      await (number % 4 === 0 ? payUnaware(tenantId, [record]) : pod().deliver([record]));
    }
    await expectSound();
  });
});

const startMs = Date.parse('2026-12-01T12:00:00Z');
const cachedMs = 30_000;
const aheadMs = 60_000;

/** In rupees: a few orders together reach a cap or a tier, a single one does not. */
const anyAmount = fc.integer({ min: 1, max: 6_000 });
const anyOrder = fc.record({
  pod: fc.nat(1),
  customer: fc.nat(1),
  amount: anyAmount,
  lateSeconds: fc.oneof(fc.integer({ min: -150, max: 30 }), fc.integer({ min: 0, max: 90_000 })),
});
const changes = ['tiers', 'carry', 'cap', 'cohort', 'member'] as const;
const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ orders: fc.array(anyOrder, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ refundBy: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({ seconds: fc.oneof(fc.nat(40), fc.nat(400), fc.nat(30_000)) }),
  },
  { weight: 1, arbitrary: fc.record({ change: fc.constantFrom(...changes) }) },
  {
    weight: 3,
    arbitrary: fc.record({ rollout: fc.constantFrom(...changes), amount: anyAmount }),
  },
);
type Order = typeof anyOrder extends fc.Arbitrary<infer Value> ? Value : never;
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;
type Change = (typeof changes)[number];

/**
 * Seconds by which each clock is off: those of two pods and that of cms-api, no two more than three
 * minutes apart.
 */
const anyClocks = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -90, max: 90 })));

const vips = {
  id: 'vips',
  from: new Date(0),
  until: new Date('2999-01-01T00:00:00Z'),
  multiplierBp: 15_000,
  cohort: 'vip',
};

const begin: Readonly<Record<Change, (of: string, version: number, at: Date) => Promise<unknown>>> =
  {
    tiers: async (of, version, at) => beginLadder(of, version, at),
    carry: async (of, version, validFrom) =>
      beginRule(of, version, { validFrom, rounding: 'carry' }),
    cap: async (of, version, validFrom) =>
      beginRule(of, version, { validFrom, caps: { day: 90, month: 400 } }),
    cohort: async (of, version, validFrom) =>
      beginRule(of, version, { validFrom, promotions: [vips] }),
    member: async (of, _version, since) => sql`
      insert into cohort_members (tenant_id, customer_id, cohort, since) values (${of}, 'c-1', 'vip', ${since})`,
  };

/**
 * A tenant whose orders two pods process, each with a cache as old as allowed and its own clock.
 */
const stage = (tenantId: string, clocks: readonly number[]) => {
  let nowMs = startMs;
  let version = 1;
  let refunds = 0;
  const orderIds: string[] = [];
  const caches = new Map<number, { filledMs: number; pod: Pod }>();
  const clockOf = (which: number) => () => new Date(nowMs + (clocks[which] ?? 0) * 1_000);

  const podOf = (which: number): Pod => {
    const known = caches.get(which);
    if (known !== undefined && nowMs - known.filledMs < cachedMs) return known.pod;
    const made = { filledMs: nowMs, pod: pod(undefined, clockOf(which)) };
    caches.set(which, made);
    return made.pod;
  };

  /**
   * As a source does: what fails as unavailable is redelivered, finally to a pod with all programs
   * and rules.
   */
  const deliver = async (which: number, record: OrderRecord, triesLeft = 20): Promise<void> => {
    try {
      for (const outcome of await podOf(which).deliver([record]))
        expect(outcome).toMatchObject({ kind: 'done' });
    } catch (error) {
      if (!(error instanceof Unavailable) || triesLeft === 0) throw error;
      caches.delete(which);
      await deliver(which, record, triesLeft - 1);
    }
  };

  const pay = async ({ pod: which, customer, amount, lateSeconds }: Order): Promise<void> => {
    const latestMs = clockOf(which)().getTime() + aheadMs;
    const placedAt = new Date(Math.min(latestMs, nowMs - lateSeconds * 1_000)).toISOString();
    const orderId = `o-${orderIds.length}`;
    orderIds.push(orderId);
    const customerId = `c-${customer}`;
    const order = { tenantId, orderId, customerId, amountMinor: amount * 100, placedAt };
    await deliver(which, placed(order));
  };

  const refund = async (which: number): Promise<void> => {
    const orderId = orderIds[refunds % Math.max(1, orderIds.length)];
    refunds += 1;
    if (orderId === undefined) return;
    const refundId = `r-${refunds}`;
    await deliver(which, refunded({ tenantId, refundId, orderId, amountMinor: 1 }));
  };

  const change = async (what: Change): Promise<void> => {
    version += 1;
    // A millisecond apart, since no two versions begin at once.
    const effectMs = earliestEffect(clockOf(2)()).getTime() + version;
    await begin[what](tenantId, version, new Date(effectMs));
  };

  /**
   * A change between orders of one customer, which one pod knows at once and the other when it
   * takes effect.
   */
  const rollOut = async (what: Change, amount: number): Promise<void> => {
    const order = { customer: 0, amount, lateSeconds: 0 };
    await pay({ ...order, pod: 0 });
    await change(what);
    caches.delete(1);
    for (const [which, seconds] of [
      [1, 1],
      [0, 1],
      [0, 400],
    ] as const) {
      nowMs += seconds * 1_000;
      await pay({ ...order, pod: which });
    }
    // Compared now, because any late order would repair a wrong state.
    await expectSound();
  };

  return async (step: Step): Promise<void> => {
    if ('rollout' in step) await rollOut(step.rollout, step.amount);
    else if ('orders' in step) await Promise.all(step.orders.map(pay));
    else if ('refundBy' in step) await refund(step.refundBy);
    else if ('change' in step) await change(step.change);
    else nowMs += step.seconds * 1_000;
  };
};

describe('pods with caches of different age and clocks minutes apart', () => {
  it('award what an independent recomputation expects, whatever takes effect between any two commits', async () => {
    const scripts = fc.array(anyStep, { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anyClocks, scripts, async (clocks, steps) => {
        const play = stage(await createTenant(), clocks);
        for (const step of steps) await play(step);
        await expectSound();
      }),
      { numRuns: runs(15) },
    );
  }, 300_000);
});
