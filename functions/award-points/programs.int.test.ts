import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { runs } from '#shared/testing/runs.ts';
import {
  awardWorld,
  type OrderRecord,
  type Pod,
  type ProgramSetup,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { awardPoints } from './handler.ts';

const { createProgram, createTenant, expectSound, pod, redis, sql } = await awardWorld(awardPoints);

const plain: ProgramSetup = { terms: { expiry: { kind: 'rolling', days: 400 } } };
const dependent: ProgramSetup = {
  terms: { rounding: 'carry', caps: { day: 70 }, refundPolicy: 'unlimited' },
  ladder: {},
};

const order = (tenantId: string, number: number, fields: object = {}) =>
  placed({
    tenantId,
    orderId: `o-${number}`,
    customerId: `c-${number}`,
    amountMinor: 100_000,
    placedAt: '2026-11-01T00:00:00Z',
    ...fields,
  });
const refund = (tenantId: string, number: number, fields: object = {}) =>
  refunded({
    tenantId,
    refundId: `r-${number}`,
    orderId: `o-${number}`,
    refundedAt: '2026-12-01T00:00:00Z',
    ...fields,
  });

/** The sum of the entries of each order, per program. */
const pointsOf = async (tenantId: string) => {
  const rows = await sql<{ name: string; points: number }[]>`
    select program || ' ' || order_id as name, sum(points)::int as points from points_ledger
    where tenant_id = ${tenantId} and kind in ('EARN', 'REVERSE', 'REVISE') group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ name, points }) => [name, points]));
};

const customersOf = async (tenantId: string) =>
  (
    await sql<{ customerId: string }[]>`
      select distinct customer_id from points_balances where tenant_id = ${tenantId} order by 1`
  ).map(({ customerId }) => customerId);

/**
 * Runs `work` with a pod in which `interloper` runs between two commits, for each such boundary in
 * turn.
 */
const atEachBoundary = async (
  work: (interrupted: Pod, boundary: number) => Promise<void>,
  interloper: (boundary: number) => Promise<unknown>,
): Promise<number> => {
  for (let boundary = 0; ; boundary += 1) {
    let passed = 0;
    const interrupted = pod(async () => {
      passed += 1;
      if (passed === boundary + 1) await interloper(boundary);
    });
    await work(interrupted, boundary);
    if (passed <= boundary) return boundary;
  }
};

describe('an order of several programs', () => {
  it('is reversed in all of them, between whichever commits its refund arrives', async () => {
    const tenantId = await createTenant({ points: plain, cashback: dependent });
    const boundaries = await atEachBoundary(
      async (interrupted, boundary) => {
        await interrupted.deliver([order(tenantId, boundary)]);
        await pod().deliver([refund(tenantId, boundary)]);
      },
      (boundary) => pod().deliver([refund(tenantId, boundary)]),
    );
    expect(boundaries).toBeGreaterThan(2);
    const numbers = Array.from({ length: boundaries + 1 }, (_, number) => number);
    expect(await pointsOf(tenantId)).toEqual(
      Object.fromEntries(
        numbers.flatMap((number) => [
          [`cashback o-${number}`, 0],
          [`points o-${number}`, 0],
        ]),
      ),
    );
    await expectSound();
  });

  it('is awarded and reversed once, between whichever commits of the refund it arrives', async () => {
    const tenantId = await createTenant({ points: plain, cashback: dependent });
    await atEachBoundary(
      async (interrupted, boundary) => {
        await interrupted.deliver([refund(tenantId, boundary, { amountMinor: 60_000 })]);
        await pod().deliver([order(tenantId, boundary)]);
      },
      (boundary) => pod().deliver([order(tenantId, boundary)]),
    );
    expect(new Set(Object.values(await pointsOf(tenantId)))).toEqual(new Set([4]));
    await expectSound();
  });

  it('is reversed in a program that was added after its refunds, once that program pays it', async () => {
    const tenantId = await createTenant({ points: plain });
    await pod().deliver([
      order(tenantId, 1),
      refund(tenantId, 1, { amountMinor: 30_000 }),
      refund(tenantId, 1, { refundId: 'r-2', amountMinor: 50_000 }),
    ]);
    await createProgram(tenantId, 'cashback', dependent);
    for (let time = 0; time < 2; time += 1) {
      await pod().deliver([order(tenantId, 1)]);
      expect(await pointsOf(tenantId)).toEqual({ 'points o-1': 2, 'cashback o-1': 2 });
    }
    await expectSound();
  });

  it('keeps its refund waiting while a process has not loaded a program that paid it', async () => {
    const tenantId = await createTenant({ points: plain });
    const stale = pod();
    await stale.deliver([order(tenantId, 1)]);
    await createProgram(tenantId, 'cashback', dependent);
    await pod().deliver([order(tenantId, 1)]);
    await expect(stale.deliver([refund(tenantId, 1)])).rejects.toThrow(Unavailable);
    expect(await pointsOf(tenantId)).toEqual({ 'points o-1': 10, 'cashback o-1': 10 });
    await pod().deliver([refund(tenantId, 1)]);
    expect(await pointsOf(tenantId)).toEqual({ 'points o-1': 0, 'cashback o-1': 0 });
    await expectSound();
  });

  it('is paid in none of them when one has its id recorded with another content', async () => {
    const tenantId = await createTenant({ points: plain });
    await pod().deliver([order(tenantId, 1)]);
    await createProgram(tenantId, 'cashback', dependent);
    const [outcome] = await pod().deliver([order(tenantId, 1, { customerId: 'c-2' })]);
    expect(outcome).toMatchObject({ code: 'order-conflict' });
    expect(await pointsOf(tenantId)).toEqual({ 'points o-1': 10 });
  });
});

describe('an order that is refused', () => {
  it.each([
    ['where orders are rated alone', { points: plain }],
    ['where orders depend on each other', { points: dependent }],
    ['in several programs', { points: plain, cashback: dependent }],
  ])('leaves no customer behind, %s', async (_where, programs) => {
    const tenantId = await createTenant(programs);
    const outcomes = await pod().deliver([
      order(tenantId, 1),
      order(tenantId, 1, { customerId: 'c-2' }),
      order(tenantId, 1, { customerId: 'c-3' }),
      order(tenantId, 3),
    ]);
    await pod().deliver([order(tenantId, 1, { customerId: 'c-4' })]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'done'))).toEqual([
      'done',
      'order-conflict',
      'order-conflict',
      'done',
    ]);
    expect(await customersOf(tenantId)).toEqual(['c-1', 'c-3']);
    expect((await redis.zrange(`board:{${tenantId}}:main:live`, '0', '-1')).sort()).toEqual([
      'c-1',
      'c-3',
    ]);
  });

  it('leaves none behind when two customers send it at once', async () => {
    const tenantId = await createTenant({ points: dependent });
    const senders = Array.from({ length: 6 }, (_, number) => `c-${number}`);
    const outcomes = await Promise.all(
      senders.map((customerId) => pod().deliver([order(tenantId, 1, { customerId })])),
    );
    expect(outcomes.flat().filter((outcome) => 'kind' in outcome)).toHaveLength(1);
    expect(await customersOf(tenantId)).toHaveLength(1);
  });
});

describe('whatever happens between two commits', () => {
  const worlds = fc.record({
    orders: fc.array(
      fc.record({
        customer: fc.nat(2),
        day: fc.nat(40),
        minor: fc.integer({ min: 1, max: 400_000 }),
        backs: fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    /** The boundaries at which a program is added, and at which another pod gets records. */
    addsAt: fc.nat(12),
    turns: fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
    isAtOnce: fc.boolean(),
  });

  /** Redelivers records to a new process as long as one does not know a program yet. */
  const insist = async (first: Pod, records: readonly OrderRecord[]): Promise<unknown> =>
    first.deliver(records).catch((error: unknown) => {
      if (error instanceof Unavailable) return insist(pod(), records);
      throw error;
    });

  it('every program pays and reverses what the recomputation expects', { timeout: 300_000 }, () =>
    fc.assert(
      fc.asyncProperty(worlds, async ({ orders, addsAt, turns, isAtOnce }) => {
        const tenantId = await createTenant({ points: plain, cashback: dependent });
        const sent = orders.map(({ customer, day, minor }, number) =>
          order(tenantId, number, {
            customerId: `c-${customer}`,
            amountMinor: minor,
            placedAt: new Date(Date.UTC(2026, 9, 1 + day, 6)).toISOString(),
          }),
        );
        const refunds = orders.flatMap(({ backs }, number) =>
          backs.map((amountMinor, index) =>
            refund(tenantId, number, { refundId: `r-${number}-${index}`, amountMinor }),
          ),
        );
        const waiting: OrderRecord[] = [...refunds, ...sent.toReversed(), ...refunds];
        let boundary = 0;
        let others = pod();
        const between = async () => {
          boundary += 1;
          if (boundary === addsAt) {
            await createProgram(tenantId, 'late', dependent);
            others = pod();
          }
          await insist(others, waiting.splice(0, turns[boundary % turns.length]));
        };
        const [one, other] = [pod(between), pod(between)];
        const deliveries = [() => insist(one, sent), () => insist(other, sent.toReversed())];
        if (isAtOnce) await Promise.all(deliveries.map((deliver) => deliver()));
        else for (const deliver of deliveries) await deliver();
        await insist(others, [...waiting, ...sent]);

        await expectSound();
        const programs = boundary >= addsAt && addsAt > 0 ? 3 : 2;
        expect(Object.keys(await pointsOf(tenantId))).toHaveLength(programs * sent.length);
        const [waits] = await sql`
          select count(*)::int as refunds from refunds where tenant_id = ${tenantId} and status = 'WAITING'`;
        expect(waits).toEqual({ refunds: 0 });
      }),
      { numRuns: runs(10), endOnFailure: true },
    ),
  );
});
