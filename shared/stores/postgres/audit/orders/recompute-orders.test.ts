import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClosed, stateAtBorder } from '#shared/domain/earning/earning-border.ts';
import { byEventOrder, type EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { advance, canGoOn, replay } from '#shared/domain/earning/earning-state.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';
import { runs } from '#shared/testing/runs.ts';
import { earningProgram, earningRule, tierLadder } from '#shared/testing/worlds/earning.ts';
import {
  anyWorld,
  type EarningWorld,
  earningOrders,
} from '#shared/testing/worlds/earning-worlds.ts';
import type { AuditedBorder, AuditedProgram } from './audited-program.ts';
import { recomputeOrders, type Worth } from './recompute-orders.ts';

/** A program as it is in the database. */
const audited = ({ program: { rules, ladders }, timeZone }: EarningWorld): AuditedProgram =>
  JSON.parse(
    JSON.stringify({
      rules: rules.map(({ version, currency, validFrom, validUntil, ...terms }) => ({
        version,
        currency,
        beginsMs: validFrom.getTime(),
        endsMs: validUntil?.getTime() ?? null,
        terms,
      })),
      ladders: ladders.map(({ version, validFrom, ...terms }) => ({
        version,
        beginsMs: validFrom.getTime(),
        beginsOn: localDateOf(timeZone, validFrom),
        dayBefore: localDateOf(timeZone, new Date(validFrom.getTime() - 1)),
        terms,
      })),
    }),
  ) as AuditedProgram;

const recomputed = (
  world: EarningWorld,
  {
    orders = earningOrders(world),
    border,
  }: Readonly<{ orders?: readonly EarningOrder[]; border?: AuditedBorder }> = {},
) =>
  recomputeOrders(
    audited(world),
    orders.map(({ placedAt, amountMinor, ...order }) => ({
      ...order,
      placedMs: placedAt.getTime(),
      placedOn: localDateOf(world.timeZone, placedAt),
      leftMinor: amountMinor,
    })),
    border,
  );

const rated = (world: EarningWorld) =>
  new Map(
    replay(world, earningOrders(world)).ratings.map(({ orderId, points, ruleVersion }) => [
      orderId,
      { points: BigInt(points), version: ruleVersion },
    ]),
  );

const ratedAs = (worth: Worth | undefined) =>
  worth === undefined
    ? { kind: 'refused' }
    : { kind: 'rated', rating: { points: Number(worth.points) } };

/**
 * Rates the orders of a world placed after an instant from the state up to it, which was made
 * without the tiers that take effect later, and returns what they are worth in the whole world.
 */
const goesOnAfter = (world: EarningWorld, until: Date) => {
  const { program, timeZone, memberships, grants } = world;
  const orders = earningOrders(world).toSorted(byEventOrder);
  const ladders = program.ladders.filter(({ validFrom }) => validFrom <= until);
  const known = { program: { ...program, ladders }, timeZone };
  const { history, settle } = stateAtBorder(known, { memberships, grants }, until);
  for (const order of orders) if (order.placedAt <= until) history?.take(order as never);
  const state = settle();
  expect(canGoOn(world, state)).toBe(true);

  const border = { no: 0, afterEntry: 0, state };
  const open = orders.filter((order) => !isClosed(border, order));
  const whole = rated(world);
  const expected = new Map(
    open.flatMap(({ orderId }) => {
      const worth = whole.get(orderId);
      return worth === undefined ? [] : [[orderId, worth] as const];
    }),
  );
  const { last } = state;
  const placedOn = last === undefined ? '' : localDateOf(timeZone, new Date(last.placedAt));
  expect(recomputed(world, { orders: open, border: { state, placedOn } })).toEqual(expected);
  let current = state;
  for (const order of open) {
    const next = advance(world, current, order);
    current = next.state;
    expect(next.ratingOutcome).toMatchObject(ratedAs(expected.get(order.orderId)));
  }
  return expected;
};

describe('recomputeOrders', () => {
  it.each([
    ['each other', false],
    ['nothing', true],
  ])('agrees with the engine where orders depend on %s', (_, isAlone) => {
    fc.assert(
      fc.property(anyWorld(isAlone), (world) => {
        expect(recomputed(world)).toEqual(rated(world));
      }),
      { numRuns: runs(250) },
    );
  });

  it('continues from the state after archived orders, also where tiers take effect later', () => {
    fc.assert(
      fc.property(anyWorld(false), fc.nat(), (world, place) => {
        const orders = earningOrders(world).toSorted(byEventOrder);
        goesOnAfter(world, orders[place % (orders.length + 1)]?.placedAt ?? new Date(0));
      }),
      { numRuns: runs(100) },
    );
  });

  const tiersOf = (ladder: Partial<TierLadder>, placed: Readonly<Record<string, number>>) => ({
    program: earningProgram([earningRule()], [tierLadder(ladder)]),
    timeZone: 'UTC',
    memberships: [],
    grants: [],
    orders: Object.entries(placed).map(([day, points]) => ({
      ...{ orderId: day, placedAt: new Date(`${day}T12:00:00Z`), amountMinor: points * 10_000 },
      ...{ refundedMinor: 0, currency: 'INR' },
    })),
  });

  it('continues with what was earned more than a year before, and with nights of grace that passed', () => {
    const life = { '2024-01-01': 60, '2025-06-01': 30, '2025-07-01': 20, '2025-08-01': 10 };
    const lifetime = tiersOf({}, life);
    expect(goesOnAfter(lifetime, new Date('2025-06-02Z')).get('2025-08-01')?.points).toBe(20n);

    const days = { '2026-06-01': 100, '2026-06-03': 10, '2026-06-04': 10, '2026-06-05': 10 };
    const grace = { window: { kind: 'rolling', days: 1 }, graceDays: 3 } as const;
    const left = goesOnAfter(tiersOf(grace, days), new Date('2026-06-03T12:00:00Z'));
    expect([...left.values()].map(({ points }) => points)).toEqual([20n, 10n]);
  });

  it('is compared on worlds in which tiers, grants, caps, remainders and promotions make a difference', () => {
    const worlds = fc.sample(anyWorld(false), { numRuns: 300, seed: 1 });
    const differs = (change: (world: EarningWorld) => EarningWorld) =>
      worlds.filter((world) => {
        const [with_, without] = [rated(world), rated(change(world))];
        return [...with_].some(([id, { points }]) => without.get(id)?.points !== points);
      }).length;
    const withRules = (terms: object) => (world: EarningWorld) => ({
      ...world,
      program: {
        ...world.program,
        rules: world.program.rules.map((rule) => ({ ...rule, ...terms })),
      },
    });
    expect(differs((world) => ({ ...world, grants: [] }))).toBeGreaterThan(10);
    expect(differs(withRules({ caps: {} }))).toBeGreaterThan(30);
    expect(differs(withRules({ rounding: 'floor' }))).toBeGreaterThan(30);
    expect(differs(withRules({ promotions: [] }))).toBeGreaterThan(30);
    expect(differs(withRules({ bands: undefined }))).toBeGreaterThan(30);
    expect(
      differs((world) => ({ ...world, program: { ...world.program, ladders: [] } })),
    ).toBeGreaterThan(30);
    const neverFalling = (world: EarningWorld) => ({
      ...world,
      program: {
        ...world.program,
        ladders: world.program.ladders.map((ladder) => ({
          ...ladder,
          downgrade: 'never' as const,
        })),
      },
    });
    expect(differs(neverFalling)).toBeGreaterThan(10);
  });
});
