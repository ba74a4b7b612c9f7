import { type CampaignTerms, type Clause, leavesOf, stepsOf } from './campaign.ts';
import { campaignsPerEventMax } from './campaign-load.ts';
import type { ClauseResult } from './compiled-campaign.ts';
import type { CampaignDecision, DecisionOutcome } from './decision.ts';

/** One clause with its expression and result. */
type ExplainedClause = Readonly<{ name: string; when: string; result: ClauseResult }>;

/** A decision in words. */
export type Explanation = Readonly<{
  campaignId: string;
  version: number;
  campaign: string;
  outcome: DecisionOutcome;
  /** Why, in one sentence. */
  sentence: string;
  /** The steps that use the action; a SIMPLE campaign has one. Empty if no clause was evaluated. */
  steps: readonly Readonly<{
    step: number;
    name: string;
    /** Whether its clauses are met. */
    met: boolean;
    /** In the order of the document. */
    clauses: readonly ExplainedClause[];
  }>[];
  excludedBy?: string | undefined;
  incentiveIds: readonly string[];
}>;

/** Explains a decision clause by clause, given the terms of the version that made it. */
export const explainDecision = (terms: CampaignTerms, decision: CampaignDecision): Explanation => {
  const rules = stepsOf(terms);
  const steps = (decision.steps ?? []).flatMap(({ step, clauses: results }) => {
    const rule = rules[step];
    if (rule === undefined) return [];
    const clauses = leavesOf(rule.when).map(({ name, when }, index) => ({
      name,
      when,
      result: results[index] ?? 'skipped',
    }));
    return [{ step, name: rule.name, met: holds(rule.when, results), clauses }];
  });
  return {
    campaignId: decision.campaignId,
    version: decision.version,
    campaign: terms.name,
    outcome: decision.outcome,
    sentence: sentences[decision.outcome]({ terms, steps, excludedBy: decision.excludedBy }),
    steps,
    excludedBy: decision.excludedBy,
    incentiveIds: decision.incentiveIds ?? [],
  };
};

/** Whether a clause tree is met, given the results of its clauses from left to right. */
const holds = (clause: Clause | undefined, results: readonly ClauseResult[]): boolean => {
  if (clause === undefined) return true;
  if (!('all' in clause || 'any' in clause)) return results[0] === 'yes';
  const parts = 'all' in clause ? clause.all : clause.any;
  let from = 0;
  const answers = parts.map((part) => {
    const size = leavesOf(part).length;
    from += size;
    return holds(part, results.slice(from - size, from));
  });
  return 'all' in clause ? answers.every(Boolean) : answers.some(Boolean);
};

type Decided = Readonly<{
  terms: CampaignTerms;
  steps: Explanation['steps'];
  excludedBy: string | undefined;
}>;

const sentences: Readonly<Record<DecisionOutcome, (decided: Decided) => string>> = {
  qualified: ({ terms, steps }) =>
    terms.type === 'QUEST'
      ? `The event counted for ${metSteps(steps)}, which completed the quest`
      : 'The event met the clauses and qualified for the reward',
  progressed: ({ steps }) =>
    `The event counted for ${metSteps(steps)}; the quest is not completed yet`,
  'no-match': ({ steps }) => `The event did not meet the clauses: ${unmet(steps)}`,
  'not-in-cohort': ({ terms }) =>
    `The user was not in the cohort ${terms.cohort ?? ''} at the time of the event`,
  'outside-window': ({ terms: { startAt, endAt } }) =>
    `The event is outside the campaign's time, ${startAt.toISOString()} to ${endAt.toISOString()}`,
  'too-late': ({ terms }) =>
    `The event arrived more than ${terms.lateness.afterSeconds} seconds late`,
  excluded: ({ terms, excludedBy = '' }) =>
    `In the group ${terms.stacking?.group ?? ''}, campaign ${excludedBy} took precedence`,
  'over-limit': () =>
    `The event met the clauses, but already counts for ${campaignsPerEventMax} campaigns with precedence`,
  'nothing-to-give': ({ terms }) => `The event met the clauses, but ${share(terms)} is 0`,
};

const metSteps = (steps: Explanation['steps']): string =>
  steps
    .filter(({ met }) => met)
    .map(({ name }) => `“${name}”`)
    .join(', ');

const unmet = (steps: Explanation['steps']): string =>
  steps
    .flatMap(({ clauses }) => clauses)
    .flatMap(({ name, result }) => {
      if (typeof result === 'object') return [`“${name}” could not be evaluated (${result.error})`];
      return result === 'no' ? [`“${name}” was not met`] : [];
    })
    .join(', ');

const share = ({ reward }: CampaignTerms): string =>
  reward.type === 'COUPON' || reward.amount.kind === 'fixed'
    ? 'the reward'
    : `a share of ${reward.amount.basisPoints} basis points of its ${reward.amount.field}`;
