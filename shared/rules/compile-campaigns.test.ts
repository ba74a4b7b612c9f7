import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Campaign, Clause } from '#shared/domain/campaigns/campaign.ts';
import { completeDecisions } from '#shared/domain/campaigns/complete-decisions.ts';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import { matchEvent } from '#shared/domain/campaigns/match-event.ts';
import { runs } from '#shared/testing/runs.ts';
import {
  actionEvent,
  activeCampaign,
  purchaseSchema,
  simpleTerms,
} from '#shared/testing/worlds/campaigns.ts';
import { purchasePayloads } from '#shared/testing/worlds/clauses.ts';
import { campaignTermsLists } from '#shared/testing/worlds/random-campaigns.ts';
import { compileLeaf } from './clauses/compile-leaf.ts';
import { type CompiledCampaigns, compileCampaign, compileCampaigns } from './compile-campaigns.ts';
import { vocabularyOf } from './expressions/event-variables.ts';

const action = 'PURCHASE';
const schemas = new Map([[action, purchaseSchema]]);
const compile = (campaigns: readonly Campaign[]) =>
  compileCampaigns(campaigns, { action, schemas, timeZone: 'Asia/Kolkata' });
const clause = (when: string): Clause => ({ name: when, when });
const asking = (when: Clause | undefined, id: string) =>
  activeCampaign(simpleTerms({ rule: { action, when } }), id);

const campaignLists = campaignTermsLists.map((terms) =>
  terms.map((each, index) => activeCampaign(each, `campaign-${index}`)),
);

const payloads = fc.oneof(
  { arbitrary: purchasePayloads, weight: 4 },
  // What does not fit the schema, as an event before it was checked.
  fc.record(
    { amountMinor: fc.constantFrom(1, 'many', null), category: fc.constantFrom('books', 7) },
    { requiredKeys: [] },
  ),
);

const contextOf = (cohorts: readonly string[], lateByMs = 0) => ({
  now: new Date(actionEvent().occurredAt.getTime() + lateByMs),
  cohorts: new Set(cohorts),
  incentiveIdOf: ({ campaignId }: Campaign, { eventId }: ActionEvent) => `${campaignId} ${eventId}`,
});

/**
 * How many decisions there are of each outcome that is not recorded, and in how many of all a
 * clause failed.
 */
const tallyOf = (decisions: readonly CampaignDecision[]) => {
  const silent = ['no-match', 'not-in-cohort', 'outside-window', 'too-late', 'over-limit'];
  const outcomes = decisions.map(({ outcome }) => outcome).filter((each) => silent.includes(each));
  const hasFailed = ({ steps = [] }: CampaignDecision) =>
    steps.some(({ clauses }) => clauses.some((result) => typeof result === 'object'));
  return {
    outcomes: Object.fromEntries(
      [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, own]) => [
        outcome,
        own.length,
      ]),
    ),
    failures: decisions.filter(hasFailed).length,
  };
};

describe('compileCampaigns', () => {
  it('finds what evaluating every campaign finds, and leaves out nothing that cannot be computed again', async () => {
    const cohortLists = fc.subarray(['gold', 'silver']);
    await fc.assert(
      fc.asyncProperty(
        campaignLists,
        fc.array(payloads, { minLength: 1, maxLength: 4 }),
        cohortLists,
        fc.constantFrom(0, 61_000),
        async (campaigns, given, cohorts, lateByMs) => {
          const context = contextOf(cohorts, lateByMs);
          const compiled = await compile(campaigns);
          for (const [index, payload] of given.entries()) {
            const event = actionEvent({ eventId: `e-${index}`, payload });
            // Compiled one by one, they share no expression.
            const naive = campaigns.map((each) =>
              compileCampaign(each, new Map([[action, { ...purchaseSchema }]]), 'Asia/Kolkata'),
            );
            const full = evaluateEvent(naive, event, context);
            const { decisions, tally, ...rest } = matchEvent(compiled, event, context);
            expect(rest).toEqual({ entitlements: full.entitlements, steps: full.steps });
            expect(completeDecisions(decisions, full.decisions)).toEqual(full.decisions);
            const outcomes = [...tally.outcomes].filter(([, count]) => count !== 0);
            expect({ outcomes: Object.fromEntries(outcomes), failures: tally.failures }).toEqual(
              tallyOf(full.decisions),
            );
          }
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it.each([
    ['a value', (index: number) => `event.amountMinor == ${index}`, 7, 1],
    ['a text', (index: number) => `event.category == "c${index}"`, 7, 1],
    ['a list of values', (index: number) => `event.amountMinor in [${index}, ${index + 1}]`, 7, 2],
    [
      'a range',
      (index: number) => `event.amountMinor >= ${index} && event.amountMinor < ${index + 3}`,
      7,
      3,
    ],
    [
      'the range of a computed part',
      (index: number) =>
        `event.amountMinor % 1000 >= ${index} && ${index + 2} >= event.amountMinor % 1000`,
      1_007,
      3,
    ],
    [
      'either of two ranges',
      (index: number) => `event.amountMinor < ${index - 900} || event.amountMinor > ${index + 6}`,
      7,
      93,
    ],
  ])(
    'evaluates the clauses of those alone that ask for %s',
    async (_what, when, amountMinor, count) => {
      const campaigns = Array.from({ length: 1_000 }, (_, index) =>
        asking(clause(when(index)), `campaign-${index}`),
      );
      const { candidatesOf } = await compile(campaigns);
      expect(candidatesOf(actionEvent({ payload: { amountMinor, category: 'c7' } })).length).toBe(
        count,
      );
    },
  );

  it('finds campaigns by groups of clauses too', async () => {
    const amount = (index: number) => clause(`event.amountMinor == ${index}`);
    const books = clause('event.category == "books"');
    const of = async (whenOf: (index: number) => Clause) => {
      const { candidatesOf } = await compile(
        Array.from({ length: 50 }, (_, index) => asking(whenOf(index), `campaign-${index}`)),
      );
      return candidatesOf(actionEvent({ payload: { amountMinor: 7, category: 'books' } })).length;
    };
    expect(await of((index) => ({ all: [books, amount(index)] }))).toBe(1);
    expect(await of((index) => ({ any: [amount(index), amount(index + 1)] }))).toBe(2);
    expect(
      await of((index) => ({ all: [{ any: [amount(index), amount(index + 1)] }, books] })),
    ).toBe(2);
    // What may fail comes first, and whether it did has to be known.
    expect(
      await of((index) => ({ all: [clause('10 / event.amountMinor > 0'), amount(index)] })),
    ).toBe(50);
  });

  it('finds campaigns by the clocks of their time zones', async () => {
    const at = (when: string, id: string, timeZone?: string) =>
      activeCampaign(simpleTerms({ timeZone, rule: { action, when: clause(when) } }), id);
    const { candidatesOf } = await compile([
      at('local.hour == 15', 'Kolkata'),
      at('local.hour == 10', 'UTC', 'UTC'),
      at('local.hour == 10', 'Kolkata at ten'),
    ]);
    const found = candidatesOf(actionEvent()).map(({ campaign }) => campaign.campaignId);
    expect(found).toEqual(['Kolkata', 'UTC']);
  });

  it('evaluates every campaign for an event without a required field, since any clause may fail then', async () => {
    const all = [clause('event.category != "books"'), clause('event.amountMinor == 1')];
    const compiled = await compile([asking({ all }, 'campaign-1')]);
    const { tally } = matchEvent(
      compiled,
      actionEvent({ payload: { amountMinor: 7 } }),
      contextOf([]),
    );
    expect(tally.failures).toBe(1);
  });

  it('evaluates an expression that campaigns have in common once for an event', async () => {
    const when = clause('event.category.contains("oo") && event.amountMinor % 3 == 0');
    const { campaigns } = await compile(
      Array.from({ length: 20 }, (_, index) => asking(when, `campaign-${index}`)),
    );
    const [first, ...others] = campaigns.map(({ conditions: [condition] }) => condition);
    const event = actionEvent({ payload: { amountMinor: 9, category: 'books' } });
    expect(first?.(event)).toEqual({ holds: true, clauses: ['yes'] });
    // Only what is asked of the payload itself would notice.
    Object.assign(event.payload, { amountMinor: 10, category: 'toys' });
    for (const condition of others)
      expect(condition?.(event)).toEqual({ holds: true, clauses: ['yes'] });
  });

  describe('after a change', () => {
    const changing = (index: number) =>
      asking(clause(`event.amountMinor == ${index}`), `campaign-${index}`);
    const all = Array.from({ length: 200 }, (_, index) => changing(index));
    const revised = { ...asking(clause('event.amountMinor == 1'), 'campaign-7'), version: 2 };
    const changed = all.map((each) => (each.campaignId === 'campaign-7' ? revised : each));
    const compileAfter = (previous: CompiledCampaigns, fields = {}) =>
      compileCampaigns(changed, { action, schemas, timeZone: 'Asia/Kolkata', ...fields }, previous);
    const keptOf = (before: CompiledCampaigns, after: CompiledCampaigns) =>
      after.campaigns.filter((one) => before.campaigns.includes(one)).length;

    it('compiles the campaigns that changed alone, and finds them by what they ask for now', async () => {
      const before = await compile(all);
      // Read again from the database, a schema is another object.
      const after = await compileAfter(before, {
        schemas: new Map([[action, { ...purchaseSchema }]]),
      });
      expect(keptOf(before, after)).toBe(199);
      const idsFor = (amountMinor: number) =>
        after
          .candidatesOf(actionEvent({ payload: { amountMinor, category: 'books' } }))
          .map(({ campaign }) => campaign.campaignId);
      expect([idsFor(7), idsFor(1), idsFor(8)]).toEqual([
        [],
        ['campaign-1', 'campaign-7'],
        ['campaign-8'],
      ]);
    });

    it.each([
      ['a new schema', { schemas: new Map([[action, { ...purchaseSchema, version: 9 }]]) }],
      ['another time zone', { timeZone: 'UTC' }],
    ])('compiles all of them for %s', async (_for, fields) => {
      const before = await compile(all);
      expect(keptOf(before, await compileAfter(before, fields))).toBe(0);
    });

    it('lets other work continue between two campaigns', async () => {
      let turns = 0;
      let isDone = false;
      const count = () => {
        turns += 1;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      await compile(all);
      isDone = true;
      expect(turns).toBeGreaterThanOrEqual(all.length);
    });

    it('forgets expressions that no campaign has any more', async () => {
      const before = await compile(all);
      const leafOf = (amountMinor: number) =>
        compileLeaf(`event.amountMinor == ${amountMinor}`, vocabularyOf(before.schema));
      const [kept, forgotten] = [leafOf(8), leafOf(7)];
      await compileAfter(before);
      expect(leafOf(8)).toBe(kept);
      expect(leafOf(7)).not.toBe(forgotten);
    });
  });
});
