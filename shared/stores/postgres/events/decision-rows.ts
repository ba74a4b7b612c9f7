import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { CampaignDecision, DecisionOutcome } from '#shared/domain/campaigns/decision.ts';

/**
 * A decision as the column keeps it: campaign, version, outcome, then steps, excludedBy and
 * incentiveIds so far as there are any. There is one for each event and campaign, so it is small: a
 * third of the same with its names.
 */
export type DecisionRow = readonly [
  campaignId: string,
  version: number,
  outcome: DecisionOutcome,
  steps?: readonly StepRow[] | null,
  excludedBy?: string | null,
  incentiveIds?: readonly string[] | null,
];

/**
 * A step with its clauses: a letter for each, and the message of the first one that failed. Rows of
 * former versions have a list of results where any of them is an error.
 */
type StepRow =
  | readonly [step: number, clauses: string, error?: string]
  | readonly [step: number, clauses: readonly ClauseResult[]];

const letters = { yes: 'y', no: 'n', skipped: 's' } as const;
const words: Readonly<Record<string, ClauseResult>> = { y: 'yes', n: 'no', s: 'skipped' };

/** Of the first error of a step: longer messages are truncated, so that a row stays small. */
const errorCharactersMax = 100;

/** A decision as it is stored. */
export const toDecisionRow = ({
  campaignId,
  version,
  outcome,
  steps,
  excludedBy,
  incentiveIds,
}: CampaignDecision): DecisionRow => {
  const clauses = steps?.map(toStepRow);
  if (incentiveIds !== undefined)
    return [campaignId, version, outcome, clauses ?? null, excludedBy ?? null, incentiveIds];
  if (excludedBy !== undefined) return [campaignId, version, outcome, clauses ?? null, excludedBy];
  return clauses === undefined
    ? [campaignId, version, outcome]
    : [campaignId, version, outcome, clauses];
};

/** The decision that was stored. */
export const toDecision = ([
  campaignId,
  version,
  outcome,
  steps,
  excludedBy,
  incentiveIds,
]: DecisionRow): CampaignDecision => ({
  campaignId,
  version,
  outcome,
  ...(steps && { steps: steps.map(toStep) }),
  ...(excludedBy && { excludedBy }),
  ...(incentiveIds && { incentiveIds }),
});

type Step = NonNullable<CampaignDecision['steps']>[number];

const toStepRow = ({ step, clauses }: Step): StepRow => {
  const text = clauses
    .map((result) => (typeof result === 'string' ? letters[result] : 'e'))
    .join('');
  const first = clauses.find((result) => typeof result === 'object');
  return first === undefined
    ? [step, text]
    : [step, text, first.error.slice(0, errorCharactersMax)];
};

const toStep = ([step, clauses, error]: StepRow): Step => {
  if (typeof clauses !== 'string') return { step, clauses };
  const first = clauses.indexOf('e');
  return {
    step,
    clauses: Array.from(
      clauses,
      (letter, index): ClauseResult =>
        words[letter] ?? { error: (index === first ? error : undefined) ?? 'not kept' },
    ),
  };
};
