import { z } from 'zod';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { mainProgram } from '#shared/domain/earning/program.ts';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { currencyCode, slug } from '#shared/eventing/contracts/fields.ts';
import { line, strict, timeZone, whole } from '#shared/runtime/http/body/body-fields.ts';
import { actionCode, byKind, byWord, fieldName, listOf, oneOf, someInstant } from '../fields.ts';
import { capsDocument } from '../limits/document.ts';
import { issuesOfTerms } from './check-terms.ts';
import { clause } from './clause-document.ts';

const counted = {
  action: actionCode,
  when: clause
    .optional()
    .describe('Condition that an event must meet. Defaults to any event of the action'),
};

const simpleRule = strict(counted).describe('A single action that meets the condition');

const step = strict({
  name: line(100).describe('Display name, unique among the steps'),
  ...counted,
  count: whole(1, 1_000).default(1).describe('Number of events required'),
});

const secondsMax = 366 * 86_400;

const questRule = strict({
  order: oneOf('ordered', 'any')
    .default('ordered')
    .describe('ordered: each step after the previous one, in event time; any: in any order'),
  steps: listOf(step, { atLeast: 1, atMost: 20 }),
  withinSeconds: whole(1, secondsMax)
    .optional()
    .describe("Maximum time from the first event to the last. Defaults to the campaign's duration"),
});

const amount = byKind('fixed or share', [
  strict({ kind: z.literal('fixed'), amount: whole(1, amountMinorMax) }),
  strict({
    kind: z.literal('share'),
    field: fieldName.describe('An int field of the action'),
    basisPoints: whole(1, 1_000_000).describe(
      'Share of the field in basis points (500 = 5%), rounded down',
    ),
    max: whole(1, amountMinorMax),
  }),
]).describe('Points, or minor units of the currency');

const expiresAfterDays = whole(1, 3_650)
  .optional()
  .describe('Expires this many days of 24 hours after the qualifying event. Defaults to never');

const reward = byWord('type', 'POINTS, CASHBACK or COUPON', [
  strict({
    type: z.literal('POINTS'),
    program: slug.default(mainProgram),
    amount,
    expiresAfterDays,
  }),
  strict({
    type: z.literal('CASHBACK'),
    currency: currencyCode,
    program: slug
      .optional()
      .describe(
        'Program to credit, in the same currency. Without one, consumers of the event pay it out',
      ),
    amount,
    expiresAfterDays,
  }),
  strict({ type: z.literal('COUPON'), pool: slug, expiresAfterDays }),
]);

const caps = capsDocument(1);

const limits = strict({
  overall: caps.optional().describe('Limits for all users together'),
  perUser: caps.optional().describe('Limits per user'),
  budget: whole(1)
    .optional()
    .describe('Total budget in the unit of the reward; for coupons, the number of codes'),
});

const lateness = strict({
  afterSeconds: whole(0, secondsMax),
  policy: oneOf('count', 'ignore').describe('What happens to events that arrive later than that'),
});

const common = {
  name: line(100),
  description: line(1_000).optional(),
  startAt: someInstant.describe('Start of the campaign (inclusive), in event time'),
  endAt: someInstant.describe('End of the campaign (exclusive), in event time'),
  timeZone: timeZone
    .optional()
    .describe("Time zone of local times in clauses. Defaults to the tenant's"),
  priority: whole(0, 1_000_000)
    .default(100)
    .describe(
      'Lower comes first, within a stacking group and when campaigns of one event share caps',
    ),
  stacking: strict({
    group: slug,
    policy: oneOf('stack', 'first', 'highest', 'lowest'),
  })
    .optional()
    .describe(
      'Which qualifying campaign of the group is rewarded first; if it has nothing left, the next one is tried',
    ),
  cohort: slug.optional().describe('Only for members of this cohort at the time of the event'),
  reward,
  limits: limits.default({}),
  lateness: lateness.default({ afterSeconds: 7 * 86_400, policy: 'ignore' }),
};

/** The document of a SIMPLE campaign. */
export const simpleFields = { type: z.literal('SIMPLE'), ...common, rule: simpleRule };

/** The document of a QUEST. */
export const questFields = { type: z.literal('QUEST'), ...common, rule: questRule };

const types = 'SIMPLE or QUEST';

/** The document of a campaign, as it is saved and shown. Its output is stored as it is. */
export const campaignTerms = byWord('type', types, [strict(simpleFields), strict(questFields)])
  .check(issuesOfTerms)
  .meta({ id: 'CampaignTerms' });

const tenantId = slug.optional().describe("Defaults to the token's tenant");

/** The body that makes a campaign. */
export const newCampaign = byWord('type', types, [
  strict({ tenantId, ...simpleFields }),
  strict({ tenantId, ...questFields }),
])
  .check(issuesOfTerms)
  .meta({ id: 'NewCampaign' });

/** Shows terms as they were saved. */
export const shownTerms = (terms: CampaignTerms): z.input<typeof campaignTerms> =>
  // What goes to JSON is a document again: dates become the text that they were.
  JSON.parse(JSON.stringify(terms)) as z.input<typeof campaignTerms>;
