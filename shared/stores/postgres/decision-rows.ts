import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { CampaignDecision, DecisionOutcome } from '#shared/domain/campaigns/decision.ts';

/**
 * A decision as the column keeps it: campaign, version, outcome, then steps, excludedBy and incentiveIds so far as there are any. There is one
 * for each event and campaign, so it is small: a third of the same with its names.
 */
export type DecisionRow = readonly [
  campaignId: string,
  version: number,
  outcome: DecisionOutcome,
  steps?: readonly StepRow[] | null,
  excludedBy?: string | null,
  incentiveIds?: readonly string[] | null,
];

/** A step with its clauses: a letter for each, or, where one could not be answered, a list. */
type StepRow = readonly [step: number, clauses: string | readonly ClauseResult[]];

const letters = { yes: 'y', no: 'n', skipped: 's' } as const;
const words: Readonly<Record<string, ClauseResult>> = { y: 'yes', n: 'no', s: 'skipped' };

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
  let text = '';
  for (const result of clauses) {
    if (typeof result !== 'string') return [step, clauses];
    text += letters[result];
  }
  return [step, text];
};

const toStep = ([step, clauses]: StepRow): Step => ({
  step,
  clauses:
    typeof clauses === 'string'
      ? Array.from(clauses, (letter) => words[letter] ?? { error: `unknown result ${letter}` })
      : clauses,
});
