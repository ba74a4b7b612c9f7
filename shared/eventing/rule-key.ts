import type { Clause, QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { derivedId } from './derived-id.ts';

const keys = new WeakMap<QuestRule, string>();

/**
 * A digest of what progress in a quest depends on: order, time limit, and of each step its action,
 * count and clauses. Names do not change it. Progress under another key is that of another quest.
 */
export const ruleKeyOf = (rule: QuestRule): string => {
  const known = keys.get(rule);
  if (known !== undefined) return known;
  const key = derivedId('quest', JSON.stringify(essenceOf(rule)));
  keys.set(rule, key);
  return key;
};

const essenceOf = ({ order, withinSeconds, steps }: QuestRule) => [
  order,
  withinSeconds ?? null,
  steps.map(({ action, count, when }) => [action, count, when === undefined ? null : asked(when)]),
];

const asked = (clause: Clause): unknown => {
  if ('all' in clause) return { all: clause.all.map(asked) };
  return 'any' in clause ? { any: clause.any.map(asked) } : clause.when;
};
