import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAward } from './decide-award.ts';
import type { EarningRule } from './earning-rule.ts';

const rule: EarningRule = {
  version: 1,
  currency: 'INR',
  pointsPerStep: 1,
  minorPerStep: 10_000,
  validFrom: new Date('2026-01-01T00:00:00Z'),
};
const order = { amountMinor: 125_050, currency: 'INR', placedAt: new Date('2026-06-01T12:00:00Z') };

describe('decideAward', () => {
  it.each([
    [9_999, 0],
    [10_000, 1],
    [19_999, 1],
    [125_050, 12],
    [1_000_000_000_000, 100_000_000],
  ])('pays %i paise with %i points', (amountMinor, points) => {
    expect(decideAward({ ...order, amountMinor }, [rule])).toEqual({
      kind: 'award',
      points,
      ruleVersion: 1,
    });
  });

  it('pays exactly the whole steps of any amount, by BigInt arithmetic as the oracle', () => {
    const amounts = fc.integer({ min: 1, max: 1_000_000_000_000 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 1_000 }), (amountMinor, pointsPerStep) => {
        const decision = decideAward({ ...order, amountMinor }, [{ ...rule, pointsPerStep }]);
        const exact = (BigInt(amountMinor) / 10_000n) * BigInt(pointsPerStep);
        expect(decision).toMatchObject({ points: Number(exact) });
      }),
    );
  });

  it('judges by the version in force when the order was placed, whatever the order of versions', () => {
    const doubled = { ...rule, version: 2, pointsPerStep: 2, validFrom: order.placedAt };
    const before = { ...order, placedAt: new Date(order.placedAt.getTime() - 1) };
    for (const rules of [
      [rule, doubled],
      [doubled, rule],
    ]) {
      expect(decideAward(order, rules)).toMatchObject({ points: 24, ruleVersion: 2 });
      expect(decideAward(before, rules)).toMatchObject({ points: 12, ruleVersion: 1 });
    }
  });

  it('refuses another currency', () => {
    expect(decideAward({ ...order, currency: 'USD' }, [rule])).toEqual({
      kind: 'refused',
      reason: 'wrong-currency',
      detail: 'The tenant earns in INR, the order is in USD',
    });
  });

  it('refuses an order from before the first rule', () => {
    const decision = decideAward({ ...order, placedAt: new Date(0) }, [rule]);
    expect(decision).toMatchObject({ kind: 'refused', reason: 'no-rule' });
  });
});
