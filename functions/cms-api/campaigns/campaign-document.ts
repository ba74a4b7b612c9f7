import { z } from 'zod';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { mainProgram } from '#shared/domain/points/program.ts';
import { currencyCode, tenantIdentifier } from '#shared/eventing/contracts/fields.ts';
import {
  actionCode,
  byKind,
  byWord,
  fieldName,
  label,
  listOf,
  oneOf,
  slug,
  someInstant,
  strict,
  timeZone,
  whole,
} from '../fields.ts';
import { capsDocument } from '../limits/caps-document.ts';
import { clause } from './clause-document.ts';
import { misfitsOfTerms } from './misfits.ts';

const counted = {
  action: actionCode,
  when: clause.optional().describe('Which events of the action count; any when left out'),
};

const simpleRule = strict(counted).describe('One action that meets the clauses');

const step = strict({
  name: label(100).describe('For people; no two steps have the same'),
  ...counted,
  count: whole(1, 1_000).default(1).describe('How many events it takes'),
});

const secondsMax = 366 * 86_400;

const questRule = strict({
  order: oneOf('ordered', 'any')
    .default('ordered')
    .describe(
      'ordered: each step after the one before it, by the time of the events; any: in whatever order',
    ),
  steps: listOf(step, { atLeast: 1, atMost: 20 }),
  withinSeconds: whole(1, secondsMax)
    .optional()
    .describe('From the first event to the last at most; the window of the campaign when left out'),
});

const amount = byKind('fixed or share', [
  strict({ kind: z.literal('fixed'), amount: whole(1, amountMinorMax) }),
  strict({
    kind: z.literal('share'),
    field: fieldName.describe('A field of the action that is an int'),
    basisPoints: whole(1, 1_000_000).describe('Of the field, rounded down: 500 is five percent'),
    max: whole(1, amountMinorMax),
  }),
]).describe('Points, or minor units of the currency');

const expiresAfterDays = whole(1, 3_650)
  .optional()
  .describe('Days of 24 hours from the qualifying event; for ever when left out');

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
      .describe('Of this currency, where it is credited; else whoever hears of it pays it'),
    amount,
    expiresAfterDays,
  }),
  strict({ type: z.literal('COUPON'), pool: slug, expiresAfterDays }),
]);

const caps = capsDocument(1);

const limits = strict({
  overall: caps.optional().describe('Of all that the campaign gives'),
  perUser: caps.optional().describe('Of what it gives to one user'),
  budget: whole(1)
    .optional()
    .describe('The most that it may give in all, in the unit of its reward; of coupons, codes'),
});

const lateness = strict({
  afterSeconds: whole(0, secondsMax),
  policy: oneOf('count', 'ignore').describe('What becomes of events that come later than that'),
});

const common = {
  name: label(100),
  description: label(1_000).optional(),
  startAt: someInstant.describe('By the time of events: from this instant on'),
  endAt: someInstant.describe('Events from this instant on are too late'),
  timeZone: timeZone.optional().describe("What local means in clauses; the tenant's when left out"),
  priority: whole(0, 1_000_000)
    .default(100)
    .describe(
      'Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps',
    ),
  stacking: strict({
    group: slug,
    policy: oneOf('stack', 'first', 'highest', 'lowest'),
  })
    .optional()
    .describe(
      'Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left',
    ),
  cohort: slug.optional().describe('Only for its members, as of the event'),
  reward,
  limits: limits.default({}),
  lateness: lateness.default({ afterSeconds: 7 * 86_400, policy: 'ignore' }),
};

/** What a SIMPLE campaign says. */
export const simpleFields = { type: z.literal('SIMPLE'), ...common, rule: simpleRule };

/** What a QUEST says. */
export const questFields = { type: z.literal('QUEST'), ...common, rule: questRule };

const types = 'SIMPLE or QUEST';

/** What a campaign says, as it is saved and shown. Its output is stored as it is. */
export const campaignTerms = byWord('type', types, [strict(simpleFields), strict(questFields)])
  .check(misfitsOfTerms)
  .meta({ id: 'CampaignTerms' });

const tenantId = tenantIdentifier.optional().describe("The token's own, which it is when left out");

/** The body that makes a campaign. */
export const newCampaign = byWord('type', types, [
  strict({ tenantId, ...simpleFields }),
  strict({ tenantId, ...questFields }),
])
  .check(misfitsOfTerms)
  .meta({ id: 'NewCampaign' });

/** Shows terms as they were saved. */
export const shownTerms = (terms: CampaignTerms): z.input<typeof campaignTerms> =>
  // What goes to JSON is a document again: dates become the text that they were.
  JSON.parse(JSON.stringify(terms)) as z.input<typeof campaignTerms>;
