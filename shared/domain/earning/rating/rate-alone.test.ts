import { describe, expect, it } from 'vitest';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import { rateAlone } from './rate-alone.ts';

const start = new Date('2026-01-01T00:00:00Z');
const rule = earningRule({ validFrom: start });
const twice = earningRule({
  version: 2,
  rate: { points: 2, perMinor: 10_000 },
  validFrom: new Date('2026-06-01T12:00:00Z'),
});

describe('rateAlone', () => {
  it('rates by the version in force when the order was placed, whatever the order of versions', () => {
    const before = earningOrder({ placedAt: new Date('2026-06-01T11:59:59.999Z') });
    for (const rules of [
      [rule, twice],
      [twice, rule],
    ]) {
      const program = earningProgram(rules);
      expect(rateAlone(program, earningOrder())).toMatchObject({
        rating: { points: 2, ruleVersion: 2 },
      });
      expect(rateAlone(program, before)).toMatchObject({ rating: { points: 1, ruleVersion: 1 } });
    }
  });

  it('rates each currency by its own rules', () => {
    const dollars = earningRule({
      version: 9,
      currency: 'USD',
      rate: { points: 1, perMinor: 100 },
    });
    const program = earningProgram([rule, dollars]);
    const order = earningOrder({ currency: 'USD', amountMinor: 1_250 });
    expect(rateAlone(program, order)).toMatchObject({ rating: { points: 12, ruleVersion: 9 } });
  });

  it('refuses another currency, and names those that earn', () => {
    const ended = earningRule({ currency: 'GBP', validUntil: start });
    const program = earningProgram([rule, earningRule({ currency: 'EUR' }), ended]);
    expect(rateAlone(program, earningOrder({ currency: 'USD' }))).toEqual({
      kind: 'refused',
      reason: 'wrong-currency',
      detail: 'The tenant has programs in EUR, INR; the order is in USD',
    });
  });

  it.each([
    ['before the first rule', earningRule({ validFrom: new Date('2026-06-01T12:00:00.001Z') })],
    ['after the last one', earningRule({ validUntil: new Date('2026-06-01T12:00:00Z') })],
  ])('refuses an order from %s', (_when, only) => {
    expect(rateAlone(earningProgram([only]), earningOrder())).toEqual({
      kind: 'refused',
      reason: 'no-rule',
      detail: 'No earning rule was in effect at 2026-06-01T12:00:00.000Z',
    });
  });

  it.each([
    ['tiers', earningProgram([rule], [tierLadder()])],
    ['remainders', earningProgram([earningRule({ rounding: 'carry' })])],
    ['a cap of a day', earningProgram([earningRule({ caps: { day: 1 } })])],
    ['a cap of a month', earningProgram([earningRule({ caps: { month: 1 } })])],
  ])('takes a program with %s for a bug', (_what, program) => {
    expect(() => rateAlone(program, earningOrder())).toThrow('Invariant broken');
  });
});
