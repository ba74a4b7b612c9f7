import { z } from 'zod';
import type { Explanation } from '#shared/domain/campaigns/explain-decision.ts';

const clause = z.object({
  name: z.string(),
  when: z.string(),
  result: z
    .enum(['yes', 'no', 'skipped', 'error'])
    .describe('skipped: other clauses had already decided; error: it could not be evaluated'),
  error: z.string().nullable(),
});

const step = z.object({
  step: z.int().describe('Index in the rule, from 0'),
  name: z.string(),
  met: z.boolean().describe('Whether its condition was met'),
  clauses: z.array(clause).describe('In document order'),
});

/** What every explained decision says. */
export const explanationFields = {
  campaignId: z.uuid(),
  version: z.int().describe('Version of the terms that were evaluated'),
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
  sentence: z.string().describe('The reason, in one sentence'),
  steps: z.array(step).describe('Steps with this action; empty if no clause was evaluated'),
  excludedBy: z.uuid().nullable().describe('Campaign of the group that took precedence'),
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
