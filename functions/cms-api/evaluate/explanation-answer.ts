import { z } from 'zod';
import type { Explanation } from '#shared/domain/campaigns/explain-decision.ts';

const clause = z.object({
  name: z.string(),
  when: z.string(),
  result: z
    .enum(['yes', 'no', 'skipped', 'error'])
    .describe('skipped: others had decided already; error: it could not be answered'),
  error: z.string().nullable(),
});

const step = z.object({
  step: z.int().describe('Its place in the rule, from 0'),
  name: z.string(),
  met: z.boolean().describe('Whether its clauses held'),
  clauses: z.array(clause).describe('In the order of the document'),
});

/** What every explained decision says. */
export const explanationFields = {
  campaignId: z.uuid(),
  version: z.int().describe('Of the terms that it was decided by'),
  campaign: z.string().describe('Its name'),
  outcome: z.enum([
    'qualified',
    'progressed',
    'no-match',
    'not-in-cohort',
    'outside-window',
    'too-late',
    'excluded',
    'nothing-to-give',
    'over-limit',
  ]),
  sentence: z.string().describe('Why, in one sentence'),
  steps: z.array(step).describe('Those that ask for the action; empty where no clauses were asked'),
  excludedBy: z.uuid().nullable().describe('The campaign of the group that came first'),
};

/** Shows what every explained decision says. */
export const showExplanation = (explanation: Explanation) => {
  const { campaignId, version, campaign, outcome, sentence, steps, excludedBy } = explanation;
  return {
    ...{ campaignId, version, campaign, outcome, sentence },
    steps: steps.map(({ clauses, ...rest }) => ({
      ...rest,
      clauses: clauses.map(({ result, ...asked }) => ({ ...asked, ...showResult(result) })),
    })),
    excludedBy: excludedBy ?? null,
  };
};

type Result = Explanation['steps'][number]['clauses'][number]['result'];

const showResult = (result: Result) =>
  typeof result === 'string'
    ? { result, error: null }
    : { result: 'error' as const, error: result.error };
