import { describe, expect, it } from 'vitest';
import type { Clause, Reward } from '#shared/domain/campaigns/campaign.ts';
import { purchaseSchema, questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { checkClauses } from './check-campaign.ts';

const schemas = new Map([['PURCHASE', purchaseSchema]]);
const clause = (when: string): Clause => ({ name: when, when });
const fine = clause('event.amountMinor > 100');
const wrong = clause('event.amountMinor');
const message = 'is int, but must be bool';

describe('checkClauses', () => {
  it('finds nothing in what can be asked', () => {
    const when = { all: [fine, { any: [fine, fine] }] };
    expect(checkClauses(simpleTerms({ rule: { action: 'PURCHASE', when } }), schemas)).toEqual([]);
    expect(checkClauses(simpleTerms(), schemas)).toEqual([]);
  });

  it('names every expression that cannot be asked by its place in the document', () => {
    const when = { all: [wrong, { any: [fine, wrong] }] };
    expect(checkClauses(simpleTerms({ rule: { action: 'PURCHASE', when } }), schemas)).toEqual([
      { path: ['rule', 'when', 'all', 0, 'when'], message },
      { path: ['rule', 'when', 'all', 1, 'any', 1, 'when'], message },
    ]);
  });

  it('refuses more expressions than a campaign may have, and more cost', () => {
    const many = { all: Array.from({ length: 101 }, () => fine) };
    expect(
      checkClauses(simpleTerms({ rule: { action: 'PURCHASE', when: many } }), schemas),
    ).toEqual([
      { path: ['rule'], message: 'has 101 expressions; the maximum for a campaign is 100' },
    ]);
    const long = { all: Array.from({ length: 21 }, () => clause(`user != "${'x'.repeat(490)}"`)) };
    expect(
      checkClauses(simpleTerms({ rule: { action: 'PURCHASE', when: long } }), schemas),
    ).toEqual([
      {
        path: ['rule'],
        message:
          'has expressions with 10500 characters in total; the maximum for a campaign is 10000',
      },
    ]);
    const dear = clause('has(event.tags) && event.tags.exists(t, t.contains("abcd"))');
    const dearest = clause('has(event.tags) && event.tags.exists(t, t.contains("abcde"))');
    const step = { name: 'buy', action: 'PURCHASE', count: 1 };
    const steps = [dear, dearest, dear].map((when) => ({ ...step, when }));
    expect(checkClauses(questTerms({ order: 'any', steps }), schemas)).toEqual([
      {
        path: ['rule', 'steps', 1, 'when', 'when'],
        message: expect.stringMatching(
          /^costs up to 2\d{4} units in total; the maximum for a campaign is 20000: this .* costs the most, 8\d{3}$/,
        ) as unknown,
      },
    ]);
  });

  it('names the steps of a quest by their places', () => {
    const step = { name: 'buy', action: 'PURCHASE', count: 1 };
    const steps = [step, { ...step, action: 'WALK' }, { ...step, when: wrong }];
    expect(checkClauses(questTerms({ order: 'any', steps }), schemas)).toEqual([
      { path: ['rule', 'steps', 1, 'action'], message: 'action WALK does not exist' },
      { path: ['rule', 'steps', 2, 'when', 'when'], message },
    ]);
  });

  it.each([
    ['amountMinor', []],
    ['category', ['category is not an int field of PURCHASE']],
    ['weightKg', ['weightKg is not an int field of PURCHASE']],
    ['constructor', ['constructor is not an int field of PURCHASE']],
  ])('asks that a share is of a whole number: %s', (field, messages) => {
    const reward: Reward = {
      type: 'CASHBACK',
      currency: 'INR',
      amount: { kind: 'share', field, basisPoints: 500, max: 100 },
    };
    expect(checkClauses(simpleTerms({ reward }), schemas)).toEqual(
      messages.map((each) => ({ path: ['reward', 'amount', 'field'], message: each })),
    );
  });
});
