import { z } from 'zod';
import type { CohortPredicate } from '#shared/domain/cohorts/cohort-predicate.ts';
import { slug } from '#shared/eventing/contracts/fields.ts';
import { line, strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import {
  actionCode,
  byWord,
  crossChecked,
  fieldName,
  type Issue,
  issuesAt,
  listOf,
  withIssues,
} from '../fields.ts';

const partsMax = 20;
const depthMax = 5;
const daysMax = 400;

const bounds = {
  atLeast: whole(0).optional().describe('Included'),
  atMost: whole(0).optional().describe('Included'),
};
const withinDays = whole(1, daysMax).describe('Days of 24 hours before the computation');

const measures = [
  strict({
    of: z.literal('events'),
    action: actionCode,
    withinDays,
    sumOf: fieldName
      .optional()
      .describe('Sum of this number field; without it, events are counted'),
    ...bounds,
  }),
  strict({
    of: z.literal('incentives'),
    withinDays,
    campaignId: z.uuid('must be a UUID').optional(),
    ...bounds,
  }),
  strict({ of: z.literal('points'), program: slug, ...bounds }),
  strict({ of: z.literal('lifetime-points'), program: slug, ...bounds }),
  strict({ of: z.literal('days-known'), ...bounds }),
] as const;

const condition = byWord(
  'of',
  'events, incentives, points, lifetime-points, days-known or tier, or a group: all, any or not',
  [
    ...measures,
    strict({
      of: z.literal('tier'),
      program: slug,
      in: listOf(line(63), { atLeast: 1, atMost: 20 }),
    }),
  ],
).check(
  crossChecked((value) => {
    if (value.of === 'tier') return [];
    const { atLeast = 0, atMost } = value;
    if (value.atLeast === undefined && atMost === undefined)
      return [{ path: ['atLeast'], message: 'is required unless atMost is given' }];
    if (atMost !== undefined && atMost < atLeast)
      return [{ path: ['atMost'], message: 'must be at least atLeast' }];
    return [];
  }),
);

const predicateShape: z.ZodType<CohortPredicate, CohortPredicate> = z
  .union([
    strict({
      get all() {
        return listOf(predicateShape, { atLeast: 1, atMost: partsMax });
      },
    }),
    strict({
      get any() {
        return listOf(predicateShape, { atLeast: 1, atMost: partsMax });
      },
    }),
    strict({
      get not() {
        return predicateShape;
      },
    }),
    condition,
  ])
  .meta({ id: 'CohortPredicate' });

/** Who belongs to a dynamic cohort. Misfits are found by a walk, which knows their places. */
const predicate = withIssues(predicateShape, (value) => issuesOf(value, []));

const part = listOf(z.unknown(), { atLeast: 1, atMost: partsMax });
const groups = {
  all: strict({ all: part }),
  any: strict({ any: part }),
  not: strict({ not: z.unknown() }),
} as const;

const issuesOf = (value: unknown, path: Issue['path'], depth = 1): readonly Issue[] => {
  if (depth > depthMax) return [{ path, message: `is deeper than ${depthMax} levels` }];
  const kind = kindOf(value);
  const fit = (kind === undefined ? condition : groups[kind]).safeParse(value);
  if (!fit.success) return issuesAt(path, fit.error);
  if (kind === undefined) return [];
  if ('not' in fit.data) return issuesOf(fit.data.not, [...path, 'not'], depth + 1);
  const parts = Object.values(fit.data).flat() as readonly unknown[];
  return parts.flatMap((each, index) => issuesOf(each, [...path, kind, index], depth + 1));
};

const kindOf = (value: unknown): keyof typeof groups | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  return (['all', 'any', 'not'] as const).find((kind) => Object.hasOwn(value, kind));
};

/** The definition of a dynamic cohort. */
export const cohortDefinition = strict({
  predicate,
  everyHours: whole(1, 24 * 31)
    .default(24)
    .describe('Hours between recomputations'),
}).meta({ id: 'CohortDefinition' });

/** The body of a preview. */
export const previewRequest = strict({ predicate }).meta({ id: 'CohortPreviewRequest' });

/** What a predicate finds. */
export const previewAnswer = z
  .object({
    considered: z.int().describe('Users examined, in the order of their ids'),
    matched: z.int(),
    sample: z.array(z.string()).describe('The first users that match'),
    isComplete: z.boolean().describe('Whether there are no more users'),
    cost: z
      .int()
      .describe('Estimated cost of the whole computation, in cost units of the Postgres planner'),
    costMax: z.int().describe('A more expensive predicate is refused'),
  })
  .meta({ id: 'CohortPreview' });
