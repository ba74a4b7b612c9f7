import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { earningOrder, earningProgram, earningRule, tierLadder } from '#shared/testing/earning.ts';
import { replay } from './earning-account.ts';
import type { EarningOrder } from './earning-order.ts';
import type { EarningRule, Promotion } from './earning-rule.ts';
import type { TierLadder } from './tier-ladder.ts';
import { tierStanding } from './tier-standing.ts';

type Written<Type, Dates extends keyof Type> = Omit<Type, Dates> & Record<Dates, string>;

/** An example as the document writes it. */
type Example = Readonly<{
  timeZone?: string;
  rule?: Partial<Omit<EarningRule, 'promotions'>> & {
    promotions?: readonly Written<Promotion, 'from' | 'until'>[];
  };
  ladder?: Partial<TierLadder>;
  orders: readonly (Partial<Omit<EarningOrder, 'placedAt'>> & {
    placedAt?: string;
    points: number;
    trace?: readonly string[];
  })[];
  standings?: readonly {
    at: string;
    tier: string | null;
    metric: number;
    fallsAt?: string;
    fallsTo?: string | null;
  }[];
}>;

const text = readFileSync(join(import.meta.dirname, '../../../docs/semantics.md'), 'utf8');

/** Every example, named after the heading it stands under and its place there. */
const examples = text.split(/^## /m).flatMap((section) => {
  const heading = section.split('\n', 1)[0] ?? '';
  const blocks = [...section.matchAll(/^```json example\n(.*?)^```$/gms)];
  return blocks.map(([, json = ''], index) => ({
    name: `${heading} ${index + 1}`,
    example: JSON.parse(json) as Example,
  }));
});

const ordersOf = ({ orders }: Example): readonly EarningOrder[] =>
  orders.map(({ orderId, placedAt, amountMinor, cohorts }, index) =>
    earningOrder({
      orderId: orderId ?? `o-${index + 1}`,
      ...(placedAt && { placedAt: new Date(placedAt) }),
      ...(amountMinor !== undefined && { amountMinor }),
      ...(cohorts && { cohorts }),
    }),
  );

const earningOf = ({ timeZone = 'UTC', rule = {}, ladder }: Example) => {
  const promotions = (rule.promotions ?? []).map(({ from, until, ...promotion }) => ({
    ...promotion,
    from: new Date(from),
    until: new Date(until),
  }));
  const ladders = ladder ? [tierLadder(ladder)] : [];
  return { program: earningProgram([earningRule({ ...rule, promotions })], ladders), timeZone };
};

describe('docs/semantics.md', () => {
  it('has an example under each heading that promises points', () => {
    const headings = new Set(examples.map(({ name }) => name.replace(/ \d+$/, '')));
    expect([...headings]).toEqual([
      'Order of application',
      'Rounding',
      'Bands',
      'Promotions',
      'Caps',
      'Tiers',
      'Refunds',
    ]);
    expect(text.match(/^```json/gm)).toHaveLength(examples.length);
  });

  it.each(examples)('tells the truth: $name', ({ example }) => {
    const earning = earningOf(example);
    const orders = ordersOf(example);
    const { ratings } = replay(earning, orders);

    const expected = example.orders.map(({ points }, index) => [orders[index]?.orderId, points]);
    expect(ratings.map(({ orderId, points }) => [orderId, points])).toEqual(expected);
    example.orders.forEach(({ trace }, index) => {
      if (trace === undefined) return;
      const steps = ratings[index]?.trace.map(({ step, exact }) => `${step} ${exact}`);
      expect(steps).toEqual(trace);
    });

    for (const { at, tier, metric, fallsAt, fallsTo } of example.standings ?? []) {
      const soFar = orders.filter(({ placedAt }) => placedAt <= new Date(at));
      const standing = tierStanding(earning, replay(earning, soFar).account, new Date(at));
      expect([standing.tier ?? null, standing.metric]).toEqual([tier, metric]);
      if (fallsAt === undefined) continue;
      const foretold = [standing.fallsAt, standing.fallsTo ?? null];
      expect(foretold).toEqual([new Date(fallsAt), fallsTo]);
    }
  });
});
