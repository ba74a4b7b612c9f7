import { z } from 'zod';
import { identifier, slug } from '#shared/eventing/contracts/fields.ts';
import { line, shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { CohortRecord, CountedCohort } from '#shared/stores/postgres/cohorts/cohort-rows.ts';
import type { CohortMember } from '#shared/stores/postgres/cohorts/cohort-store.ts';
import { crossChecked, listOf, oneOf } from '../fields.ts';
import { cohortDefinition } from './predicate-document.ts';
import { cohortRules } from './rules-document.ts';

const membersMax = 10_000;
const members = listOf(identifier, { atMost: membersMax });

const described = {
  name: line(100).describe('Display name'),
  description: line(500).optional().describe('What it is for'),
};

/** The body that updates a cohort. */
export const cohortTerms = strict({
  ...described,
  definition: cohortDefinition.optional().describe('Definition of a DYNAMIC cohort'),
  rules: cohortRules
    .optional()
    .describe('Rules of a REAL_TIME cohort; changes apply to later actions'),
}).meta({ id: 'CohortTerms' });

/** What is wrong with a field that cohorts of one kind need, and others must not have. */
const misplaced = (
  field: string,
  value: unknown,
  { kind, of }: Readonly<{ kind: string; of: string }>,
) => {
  if ((kind === of) === (value !== undefined)) return [];
  return [{ path: [field], message: kind === of ? 'is missing' : `needs kind ${of}` }];
};

/** The body that makes a cohort. */
export const newCohort = strict({
  cohort: slug.describe('Identifier used in campaigns and paths'),
  ...described,
  kind: oneOf('STATIC', 'DYNAMIC', 'REAL_TIME')
    .default('STATIC')
    .describe(
      'STATIC: a list of members; DYNAMIC: computed from its definition; REAL_TIME: members join and leave by their own actions, for campaigns only',
    ),
  definition: cohortDefinition.optional().describe('Definition of a DYNAMIC cohort'),
  rules: cohortRules.optional().describe('Rules of a REAL_TIME cohort'),
  members: members.default([]).describe('Initial members of a list, effective in five minutes'),
})
  .check(
    crossChecked(({ kind, definition, rules, members: listed }) => [
      ...misplaced('definition', definition, { kind, of: 'DYNAMIC' }),
      ...misplaced('rules', rules, { kind, of: 'REAL_TIME' }),
      ...(kind !== 'STATIC' && listed.length > 0
        ? [{ path: ['members'], message: 'needs kind STATIC' }]
        : []),
    ]),
  )
  .meta({ id: 'NewCohort' });

/** The body that puts many into a cohort. */
export const memberUpload = strict({
  members: members.describe('Members to add, effective in five minutes'),
}).meta({ id: 'CohortUpload' });

const cohortFields = {
  cohortId: z.uuid(),
  cohort: slug,
  name: z.string(),
  description: z.string().optional(),
  kind: z.enum(['STATIC', 'DYNAMIC', 'REAL_TIME']),
  definition: cohortDefinition.optional(),
  rules: cohortRules.optional(),
  version: z.int().describe('Uploads and recomputations that became effective'),
  recomputedAt: shownInstant
    .optional()
    .describe('Time for which the members of a DYNAMIC cohort were computed'),
  createdAt: shownInstant,
  createdBy: z.string().describe('Subject of the token'),
};

/** A cohort. */
export const cohortAnswer = z
  .object({
    ...cohortFields,
    size: z
      .int()
      .describe('Number of members, including changes that take effect within five minutes'),
    sizeAt: shownInstant.describe(
      'Time of this size: five minutes from now, or earlier for a cohort of more than 20,000 members that changes',
    ),
  })
  .meta({ id: 'Cohort' });

/** A page of cohorts. */
export const cohortsAnswer = z
  .object({ cohorts: z.array(z.object(cohortFields).meta({ id: 'ListedCohort' })), nextCursor })
  .meta({ id: 'Cohorts' });

/** The path of a cohort by its id: one of another tenant is not there. */
export const cohortIdPath = z.object({ cohortId: z.uuid('must be a UUID') });

/** Where a cohort is found. */
export const cohortUrl = (cohortId: string): string => `/api/v1/cohorts/${cohortId}`;

/** Shows a cohort in a list. */
export const listedCohort = ({
  createdAt,
  recomputedAt,
  revision: _,
  rules,
  ...cohort
}: CohortRecord) => ({
  ...cohort,
  ...(rules && { rules: { ...rules, add: [...rules.add], remove: [...rules.remove] } }),
  ...(recomputedAt && { recomputedAt: recomputedAt.toISOString() }),
  createdAt: createdAt.toISOString(),
});

/** Shows a cohort under its ETag, which does not cover members. */
export const showCohort = (cohort: CountedCohort, location?: string) =>
  reply({
    headers: { etag: `"${cohort.revision}"`, ...(location !== undefined && { location }) },
    body: {
      ...listedCohort(cohort),
      ...{ size: cohort.size, sizeAt: cohort.sizeAt.toISOString() },
    } satisfies z.output<typeof cohortAnswer>,
  });

/** A customer's period in a cohort. */
export const memberAnswer = z
  .object({
    customerId: z.string(),
    since: shownInstant.describe(
      'Start of the membership (inclusive), compared with the time at which orders are placed',
    ),
    until: shownInstant.nullable().describe('End of the membership (exclusive); null: no end'),
  })
  .meta({ id: 'CohortMember' });

/** A page of members. */
export const membersAnswer = z
  .object({ members: z.array(memberAnswer), nextCursor })
  .meta({ id: 'CohortMembers' });

/** Shows a member. */
export const showMember = ({
  customerId,
  since,
  until,
}: CohortMember): z.output<typeof memberAnswer> => ({
  customerId,
  since: since.toISOString(),
  until: until?.toISOString() ?? null,
});
