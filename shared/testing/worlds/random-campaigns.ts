import fc from 'fast-check';
import type { CampaignTerms, Clause } from '#shared/domain/campaigns/campaign.ts';
import { questTerms, simpleTerms } from './campaigns.ts';
import { clauseTexts } from './clauses.ts';

const action = 'PURCHASE';

const small = fc.integer({ min: -3, max: 3 }).map(String);
const comparison = (part: string, values: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), values, fc.boolean())
    .map(([operator, value, isMirrored]) =>
      isMirrored ? `${value} ${operator} ${part}` : `${part} ${operator} ${value}`,
    );

/**
 * Comparisons as campaigns have them; some fail because a field is missing or by what they compute.
 */
const comparisons = fc.oneof(
  comparison('event.amountMinor', small),
  comparison('event.amountMinor % 3', small),
  comparison('10 / event.amountMinor', small),
  comparison('event.weightKg', fc.constantFrom('0.0', '1.5', '-1.5', '2.5')),
  comparison('event.category', fc.constantFrom('"books"', '"a"', '"ab"')),
  comparison('local.hour', fc.constantFrom('0', '15', '16')),
  comparison('occurredAt', fc.constant('timestamp("2026-11-21T10:15:00Z")')),
  comparison('event.isGift', fc.constantFrom('true', 'false')),
  fc.constantFrom(
    'event.isGift',
    '!event.isGift',
    'has(event.weightKg)',
    'event.category in ["books", "a"]',
    'event.amountMinor in [1, 2, event.amountMinor]',
    'event.category.contains("b")',
    'event.nothing == 1',
    'user == "c-1"',
  ),
);

const { text } = fc.letrec<{ text: string; either: string }>((tie) => ({
  text: fc.oneof({ maxDepth: 3 }, { arbitrary: comparisons, weight: 3 }, tie('either')),
  either: fc
    .tuple(tie('text'), fc.constantFrom('&&', '||'), tie('text'))
    .map(([one, operator, other]) => `(${one} ${operator} ${other})`),
}));

const texts = fc.oneof({ arbitrary: text, weight: 5 }, { arbitrary: clauseTexts, weight: 1 });

const { tree } = fc.letrec<{ tree: Clause }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: texts.map((when) => ({ name: when, when })), weight: 2 },
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
  ),
}));

const amounts = fc.constantFrom(
  { kind: 'fixed', amount: 5 } as const,
  { kind: 'share', field: 'amountMinor', basisPoints: 5_000, max: 100 } as const,
);
const days = [20, 21, 22].map((day) => new Date(`2026-11-${day}T10:15:00Z`)) as [Date, Date, Date];

const common = fc
  .record({
    priority: fc.integer({ min: 0, max: 2 }),
    window: fc.constantFrom<readonly [Date, Date]>(
      [days[0], days[1]],
      [days[0], days[2]],
      [days[1], days[2]],
    ),
    timeZone: fc.constantFrom(undefined, 'UTC'),
    cohort: fc.constantFrom(undefined, 'gold', 'silver'),
    policy: fc.constantFrom('count', 'ignore'),
  })
  .map(({ window: [startAt, endAt], policy, ...fields }) => ({
    ...{ startAt, endAt, lateness: { afterSeconds: 60, policy } },
    ...fields,
  }));
const stacking = fc.constantFrom(
  undefined,
  ...(['stack', 'first', 'highest', 'lowest'] as const).map((policy) => ({
    group: policy,
    policy,
  })),
);

const simple: fc.Arbitrary<CampaignTerms> = fc
  .tuple(common, fc.option(tree, { nil: undefined }), amounts, stacking)
  .map(([fields, when, amount, group]) =>
    simpleTerms({
      ...fields,
      rule: { action, when },
      reward: { type: 'POINTS', program: 'points', amount },
      stacking: group,
    }),
  );
const quest: fc.Arbitrary<CampaignTerms> = fc
  .tuple(common, fc.array(fc.tuple(fc.constantFrom(action, 'VISIT'), tree), { maxLength: 2 }), tree)
  .map(([fields, others, when]) => {
    const steps = [...others, [action, when] as const].map(([each, clauses], index) => ({
      ...{ name: `step ${index}`, action: each, when: clauses, count: 1 },
    }));
    return { ...questTerms({ order: 'any', steps }), ...fields };
  });
/**
 * Lists of terms for campaigns that use purchases and compete, some of which have clauses that fail
 * or do not compile.
 */
export const campaignTermsLists: fc.Arbitrary<readonly CampaignTerms[]> = fc.array(
  fc.oneof({ arbitrary: simple, weight: 3 }, { arbitrary: quest, weight: 1 }),
  { maxLength: 12 },
);
