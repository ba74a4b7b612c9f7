import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '#shared/domain/earning/earning-account.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';
import {
  anyWorld,
  type EarningWorld,
  earningOrders,
} from '#shared/testing/worlds/earning-worlds.ts';
import type { AuditedProgram } from './audited-program.ts';
import { recomputeOrders } from './recompute-orders.ts';

/** A program as it stands in the database. */
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

const recomputed = (world: EarningWorld) =>
  recomputeOrders(
    audited(world),
    earningOrders(world).map(({ placedAt, amountMinor, ...order }) => ({
      ...order,
      placedMs: placedAt.getTime(),
      placedOn: localDateOf(world.timeZone, placedAt),
      leftMinor: amountMinor,
    })),
  );

const rated = (world: EarningWorld) =>
  new Map(
    replay(world, earningOrders(world)).ratings.map(({ orderId, points, ruleVersion }) => [
      orderId,
      { points: BigInt(points), version: ruleVersion },
    ]),
  );

describe('recomputeOrders', () => {
  it.each([
    ['each other', false],
    ['nothing', true],
  ])('agrees with the engine where orders depend on %s', (_, isAlone) => {
    fc.assert(
      fc.property(anyWorld(isAlone), (world) => {
        expect(recomputed(world)).toEqual(rated(world));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is compared on worlds in which tiers, caps, remainders and promotions make a difference', () => {
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
