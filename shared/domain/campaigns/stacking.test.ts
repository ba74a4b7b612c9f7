import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeCampaign, simpleTerms } from '#shared/testing/campaigns.ts';
import type { StackingPolicy } from './campaign.ts';
import { excludedRivals, type Rival } from './stacking.ts';

type Sketch = Readonly<{
  id: string;
  priority?: number;
  amount?: number;
  currency?: string;
  group?: string;
  policy?: StackingPolicy;
}>;

const rival = ({
  id,
  priority = 1,
  amount = 1,
  currency = 'POINTS',
  group,
  policy,
}: Sketch): Rival => ({
  campaign: activeCampaign(
    simpleTerms({
      priority,
      stacking: group === undefined ? undefined : { group, policy: policy ?? 'first' },
    }),
    id,
  ),
  reward: { type: currency === 'POINTS' ? 'POINTS' : 'CASHBACK', amount, currency },
});

const excluded = (policy: StackingPolicy, sketches: readonly Sketch[]) =>
  Object.fromEntries(
    excludedRivals(sketches.map((each) => rival({ group: 'g', policy, ...each }))),
  );

const three = [
  { id: 'a', priority: 2, amount: 30 },
  { id: 'b', priority: 1, amount: 20 },
  { id: 'c', priority: 3, amount: 10 },
];

describe('excludedRivals', () => {
  it.each([
    ['stack', {}],
    ['first', { a: 'b', c: 'b' }],
    ['highest', { b: 'a', c: 'a' }],
    ['lowest', { a: 'c', b: 'c' }],
  ] as const)('lets %s decide', (policy, losers) => {
    expect(excluded(policy, three)).toEqual(losers);
  });

  it.each(['first', 'highest', 'lowest'] as const)(
    'breaks a tie of %s by priority, then by id',
    (policy) => {
      const equal = [{ id: 'c' }, { id: 'b' }, { id: 'a', priority: 2 }];
      expect(excluded(policy, equal)).toEqual({ a: 'b', c: 'b' });
    },
  );

  it('goes by priority where amounts are of several units', () => {
    const mixed = [...three, { id: 'd', priority: 4, amount: 90, currency: 'INR' }];
    expect(excluded('highest', mixed)).toEqual({ a: 'b', c: 'b', d: 'b' });
  });

  it('lets groups alone, and those that are in none', () => {
    const rivals = [
      rival({ id: 'a', group: 'g' }),
      rival({ id: 'b', group: 'h' }),
      rival({ id: 'c', group: 'h', priority: 0 }),
      rival({ id: 'd' }),
      rival({ id: 'e' }),
    ];
    expect([...excludedRivals(rivals)]).toEqual([['b', 'c']]);
  });

  it('goes by the policy of the smallest priority where those of a group differ', () => {
    const [a, b, c] = three as [Sketch, Sketch, Sketch];
    expect(excluded('first', [{ ...a, policy: 'lowest' }, b, { ...c, policy: 'stack' }])).toEqual({
      a: 'b',
      c: 'b',
    });
    expect(excluded('first', [a, { ...b, policy: 'stack' }, c])).toEqual({});
  });

  it('keeps exactly one of each group, whatever the order of the rivals', () => {
    const sketches = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        priority: fc.nat(2),
        amount: fc.integer({ min: 1, max: 3 }),
        currency: fc.constantFrom('POINTS', 'INR'),
        group: fc.constantFrom('g', 'h'),
        policy: fc.constantFrom('first' as const, 'highest' as const, 'lowest' as const),
      }),
      { selector: ({ id }) => id },
    );
    const permuted = sketches.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    );
    fc.assert(
      fc.property(permuted, ([some, shuffled]) => {
        const losers = excludedRivals(some.map(rival));
        const groups = new Set(some.map(({ group }) => group));
        expect(some.length - losers.size).toBe(groups.size);
        const others = excludedRivals(shuffled.map(rival));
        expect(Object.fromEntries(others)).toEqual(Object.fromEntries(losers));
      }),
    );
  });
});
