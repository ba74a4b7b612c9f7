import type { ActionEvent } from './action-event.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import { decideEvent, type EventDecision } from './decide-event.ts';
import type { DecisionOutcome } from './decision.ts';
import {
  type Eligibility,
  type Evaluation,
  type EvaluationContext,
  evaluateClauses,
  ineligibilityOf,
} from './evaluation.ts';

/** Campaigns that use one action, indexed to find those that an event meets. */
export type MatchableCampaigns = Readonly<{
  campaigns: readonly CompiledCampaign[];
  /** The cohorts that any of them uses. */
  cohorts: ReadonlySet<string>;
  /** Campaigns that are eligible for the same events. */
  groups: readonly EligibilityGroup[];
  /**
   * In their order, the campaigns whose clauses may hold or fail for an event: of the others none
   * holds and none fails.
   */
  candidatesOf: (event: ActionEvent) => readonly CompiledCampaign[];
}>;

type EligibilityGroup = Readonly<{
  eligibility: Eligibility;
  campaigns: ReadonlySet<CompiledCampaign>;
}>;

/**
 * How many campaigns decided what, without those whose decisions are kept, and in how many
 * decisions of any kind a clause failed.
 */
export type Tally = Readonly<{
  outcomes: ReadonlyMap<DecisionOutcome, number>;
  failures: number;
}>;

/**
 * The decision on an event, with the decisions of campaigns that it counts for; the others are
 * counted.
 */
export type Match = EventDecision & Readonly<{ tally: Tally }>;

/** Prepares campaigns for matching, given what finds candidates among them. */
export const matchable = (
  campaigns: readonly CompiledCampaign[],
  candidatesOf: MatchableCampaigns['candidatesOf'],
): MatchableCampaigns => {
  const groups = Map.groupBy(campaigns, ({ campaign: { terms } }) =>
    JSON.stringify([terms.startAt, terms.endAt, terms.lateness, terms.cohort]),
  );
  return {
    campaigns,
    cohorts: new Set(campaigns.flatMap(({ campaign }) => campaign.terms.cohort ?? [])),
    groups: [...groups.values()].flatMap((own) =>
      own
        .slice(0, 1)
        .map(({ campaign }) => ({ eligibility: campaign.terms, campaigns: new Set(own) })),
    ),
    candidatesOf,
  };
};

/**
 * Evaluates an event like `evaluateEvent`, but only the clauses of eligible candidates:
 * entitlements, steps and the decisions of campaigns that the event counts for are the same.
 */
export const matchEvent = (
  { groups, candidatesOf }: MatchableCampaigns,
  event: ActionEvent,
  context: EvaluationContext,
): Match => {
  const outcomes = new Map<DecisionOutcome, number>();
  const count = (outcome: DecisionOutcome, times: number) =>
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
  const eligible = groups.filter(({ eligibility, campaigns }) => {
    const outcome = ineligibilityOf(eligibility, event, context);
    count(outcome ?? 'no-match', campaigns.size);
    return outcome === undefined;
  });
  const evaluations = (eligible.length === 0 ? [] : candidatesOf(event))
    .filter(
      (candidate) =>
        eligible.length === groups.length ||
        eligible.some(({ campaigns }) => campaigns.has(candidate)),
    )
    .map((candidate) => evaluateClauses(candidate, event));
  const met = evaluations.filter(({ outcome }) => outcome !== 'no-match');
  const { decisions, ...decision } = decideEvent(met, event, context);
  const kept = decisions.filter(({ outcome }) => outcome !== 'over-limit');
  count('no-match', -met.length);
  count('over-limit', met.length - kept.length);
  return {
    ...decision,
    decisions: kept.map(({ steps: _, ...decision }) => decision),
    tally: { outcomes, failures: evaluations.filter(hasFailure).length },
  };
};

const hasFailure = ({ steps = [] }: Evaluation): boolean =>
  steps.some(({ clauses }) => clauses.some((result) => typeof result === 'object'));
