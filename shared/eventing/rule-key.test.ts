import { describe, expect, it } from 'vitest';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { ruleKeyOf } from './domain-event.ts';

const when = { name: 'large', when: 'event.amountMinor > 1' };
const rule: QuestRule = {
  order: 'ordered',
  withinSeconds: 60,
  steps: [
    { name: 'walk', action: 'WALK', count: 1 },
    { name: 'buy', action: 'PURCHASE', count: 2, when: { all: [when, when] } },
  ],
};
const [walk, buy] = rule.steps as [QuestRule['steps'][0], QuestRule['steps'][0]];

describe('ruleKeyOf', () => {
  it('does not change with names, nor with the order in which fields are written', () => {
    const renamed: QuestRule = {
      steps: [
        { count: 1, action: 'WALK', name: 'stroll', when: undefined },
        { ...buy, when: { all: [when, { ...when, name: 'big' }] } },
      ],
      withinSeconds: 60,
      order: 'ordered',
    };
    expect(ruleKeyOf(renamed)).toBe(ruleKeyOf(rule));
  });

  it.each<[string, QuestRule]>([
    ['the order', { ...rule, order: 'any' }],
    ['the time limit', { ...rule, withinSeconds: 61 }],
    ['no time limit', { ...rule, withinSeconds: undefined }],
    ['the order of steps', { ...rule, steps: [buy, walk] }],
    ['an action', { ...rule, steps: [{ ...walk, action: 'RUN' }, buy] }],
    ['a count', { ...rule, steps: [walk, { ...buy, count: 3 }] }],
    ['a kind of tree', { ...rule, steps: [walk, { ...buy, when: { any: [when, when] } }] }],
    ['an expression', { ...rule, steps: [walk, { ...buy, when }] }],
  ])('changes with %s', (_what, other) => {
    expect(ruleKeyOf(other)).not.toBe(ruleKeyOf(rule));
  });
});
