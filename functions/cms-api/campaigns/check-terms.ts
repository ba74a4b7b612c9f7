import {
  type CampaignTerms,
  type Clause,
  type QuestRule,
  stepsOf,
} from '#shared/domain/campaigns/campaign.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { checkClauses } from '#shared/rules/check-campaign.ts';
import type { CampaignReferences } from '#shared/stores/postgres/campaigns/campaign-references.ts';
import { crossChecked, firstRepeat, type Issue } from '../fields.ts';

/** Whether a tree of clauses can never be met because of clauses that are the literal `false`. */
const isNever = (tree: Clause): boolean => {
  if ('when' in tree) return tree.when.trim() === 'false';
  return 'all' in tree ? tree.all.some(isNever) : tree.any.every(isNever);
};

/**
 * Refuses terms whose parts are valid separately but contradict each other, or have a part that can
 * never apply.
 */
export const issuesOfTerms = crossChecked<CampaignTerms>((terms) => [
  ...ofWindow(terms),
  ...ofClauses(terms),
  ...(terms.type === 'QUEST' ? [...ofQuest(terms), ...ofSteps(terms.rule)] : []),
  ...ofCaps(terms),
]);

const ofWindow = ({ startAt, endAt }: CampaignTerms): readonly Issue[] =>
  startAt < endAt
    ? []
    : [{ path: ['endAt'], message: `must be after ${startAt.toISOString()}, the startAt` }];

/** The path of each of stepsOf in the document. */
const placesOf = ({ type, rule }: CampaignTerms): readonly Issue['path'][] =>
  type === 'QUEST' ? rule.steps.map((_step, index) => ['rule', 'steps', index]) : [['rule']];

const ofClauses = (terms: CampaignTerms): readonly Issue[] => {
  const places = placesOf(terms);
  return stepsOf(terms).flatMap(({ when }, index) =>
    when !== undefined && isNever(when)
      ? [
          {
            path: [...(places[index] ?? []), 'when'],
            message: 'can never be true, so nobody would qualify',
          },
        ]
      : [],
  );
};

const ofQuest = (terms: CampaignTerms): readonly Issue[] => [
  ...(terms.stacking === undefined
    ? []
    : [{ path: ['stacking'], message: 'is only supported for SIMPLE campaigns' }]),
  ...ofTimeLimit(terms),
];

const ofTimeLimit = ({ type, rule, startAt, endAt }: CampaignTerms): readonly Issue[] => {
  const windowSeconds = Math.floor((endAt.getTime() - startAt.getTime()) / 1000);
  if (type !== 'QUEST' || windowSeconds <= 0) return [];
  const { withinSeconds } = rule;
  if (withinSeconds === undefined || withinSeconds <= windowSeconds) return [];
  const message = `must be at most ${windowSeconds}, the window of the campaign`;
  return [{ path: ['rule', 'withinSeconds'], message }];
};

/**
 * Every event of a quest reads and writes what the next completion can use, which is up to as many
 * events.
 */
const eventsMax = 1_000;

const ofSteps = ({ steps }: QuestRule): readonly Issue[] => {
  const repeat = firstRepeat(steps.map(({ name }) => name));
  const events = steps.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(repeat === undefined
      ? []
      : [{ path: ['rule', 'steps', repeat, 'name'], message: 'duplicates an earlier entry' }]),
    ...(events <= eventsMax
      ? []
      : [
          {
            path: ['rule', 'steps'],
            message: `must require at most ${eventsMax} events in total, not ${events}`,
          },
        ]),
  ];
};

/** The unit of a reward and its minimum amount; a coupon has no amount. */
const unitOf = ({ reward }: CampaignTerms): string | undefined => {
  if (reward.type === 'COUPON') return undefined;
  return reward.type === 'POINTS' ? 'POINTS' : reward.currency;
};

const leastOf = ({ reward }: CampaignTerms): number =>
  'amount' in reward && reward.amount.kind === 'fixed' ? reward.amount.amount : 1;

const ofCaps = (terms: CampaignTerms): readonly Issue[] => {
  const { overall, perUser, budget } = terms.limits;
  const least = leastOf(terms);
  return [
    ...ofAmounts(terms, 'overall', overall),
    ...ofAmounts(terms, 'perUser', perUser),
    ...(budget === undefined || budget >= least
      ? []
      : [{ path: ['limits', 'budget'], message: tooSmall(least) }]),
  ];
};

const tooSmall = (least: number): string =>
  `must be at least ${least}, the amount of the reward; otherwise no reward could be issued`;

const ofAmounts = (
  terms: CampaignTerms,
  which: 'overall' | 'perUser',
  caps: Caps | undefined,
): readonly Issue[] =>
  Object.entries(caps?.amounts ?? {}).flatMap(([unit, amounts]) => {
    const path = ['limits', which, 'amounts', unit];
    const given = unitOf(terms);
    if (unit !== given) {
      const message = `has no effect: the campaign gives ${given ?? 'coupons, which are limited by count'}`;
      return [{ path, message }];
    }
    const least = leastOf(terms);
    return (['maxPerDay', 'maxTotal'] as const).flatMap((cap) => {
      const max = amounts[cap];
      return max === undefined || max >= least
        ? []
        : [{ path: [...path, cap], message: tooSmall(least) }];
    });
  });

type CheckContext = Readonly<{ references: CampaignReferences; now: Date }>;

/**
 * Finds why valid terms would not work in their tenant at this time, each with its path in the
 * document.
 */
export const checkTerms = (
  terms: CampaignTerms,
  { references, now }: CheckContext,
): readonly Issue[] => [
  ...checkClauses(terms, references.schemas).map(({ path, message }) => ({
    path: [...path],
    message,
  })),
  ...ofEnd(terms, now),
  ...ofCohort(terms, references),
  ...ofReward(terms, references),
];

const ofEnd = ({ endAt }: CampaignTerms, now: Date): readonly Issue[] =>
  endAt > now
    ? []
    : [{ path: ['endAt'], message: `is in the past: it is now ${now.toISOString()}` }];

const ofCohort = (
  { cohort }: CampaignTerms,
  { hasCohort }: CampaignReferences,
): readonly Issue[] =>
  cohort === undefined || hasCohort
    ? []
    : [{ path: ['cohort'], message: `cohort ${cohort} does not exist` }];

const ofReward = (
  { reward }: CampaignTerms,
  { hasPool, programUnit }: CampaignReferences,
): readonly Issue[] => {
  if (reward.type === 'COUPON') {
    const message = `coupon pool ${reward.pool} does not exist`;
    return hasPool ? [] : [{ path: ['reward', 'pool'], message }];
  }
  const { program } = reward;
  if (program === undefined) return [];
  const unit = reward.type === 'POINTS' ? 'POINTS' : reward.currency;
  if (programUnit === unit) return [];
  const message =
    programUnit === undefined
      ? `program ${program} does not exist`
      : `program ${program} is in ${programUnit}, but the reward is in ${unit}`;
  return [{ path: ['reward', 'program'], message }];
};
