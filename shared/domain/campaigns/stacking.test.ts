import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeCampaign, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import type { StackingPolicy } from './campaign.ts';
import { type Rival, rankRivals } from './decide-event.ts';

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

const idsOf = (rivals: readonly Rival[]) =>
  rankRivals(rivals).map((ranked) => ranked.map(({ campaign }) => campaign.campaignId));

const rank = (policy: StackingPolicy, sketches: readonly Sketch[]) =>
  idsOf(sketches.map((each) => rival({ group: 'g', policy, ...each })));

const three = [
  { id: 'a', priority: 2, amount: 30 },
  { id: 'b', priority: 1, amount: 20 },
  { id: 'c', priority: 3, amount: 10 },
];

describe('rankRivals', () => {
  it.each([
    ['stack', [['b'], ['a'], ['c']]],
    ['first', [['b', 'a', 'c']]],
    ['highest', [['a', 'b', 'c']]],
    ['lowest', [['c', 'b', 'a']]],
  ] as const)('lets %s decide', (policy, ranked) => {
    expect(rank(policy, three)).toEqual(ranked);
  });

  it.each(['first', 'highest', 'lowest'] as const)(
    'breaks a tie of %s by priority, then by id',
    (policy) => {
      const equal = [{ id: 'c' }, { id: 'b' }, { id: 'a', priority: 2 }];
      expect(rank(policy, equal)).toEqual([['b', 'c', 'a']]);
    },
  );

  it('goes by priority where amounts are of several units', () => {
    const mixed = [...three, { id: 'd', priority: 4, amount: 90, currency: 'INR' }];
    expect(rank('highest', mixed)).toEqual([['b', 'a', 'c', 'd']]);
  });

  it('lets groups alone, and those that are in none', () => {
    const rivals = [
      rival({ id: 'a', group: 'g' }),
      rival({ id: 'b', group: 'h' }),
      rival({ id: 'c', group: 'h', priority: 0 }),
      rival({ id: 'd' }),
      rival({ id: 'e' }),
    ];
    expect(idsOf(rivals).toSorted()).toEqual([['a'], ['c', 'b'], ['d'], ['e']]);
  });

  it('goes by the policy of the smallest priority where those of a group differ', () => {
    const [a, b, c] = three as [Sketch, Sketch, Sketch];
    expect(rank('first', [{ ...a, policy: 'lowest' }, b, { ...c, policy: 'stack' }])).toEqual([
      ['b', 'a', 'c'],
    ]);
    expect(rank('first', [a, { ...b, policy: 'stack' }, c])).toEqual([['b'], ['a'], ['c']]);
  });

  it('ranks every group once, in whatever order the rivals come', () => {
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
        const ranked = idsOf(some.map(rival));
        expect(ranked).toHaveLength(new Set(some.map(({ group }) => group)).size);
        expect(idsOf(shuffled.map(rival)).toSorted()).toEqual(ranked.toSorted());
      }),
    );
  });
});
