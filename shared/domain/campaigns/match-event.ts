import { dayMs } from '../time/local-time.ts';
import type { ActionEvent } from './action-event.ts';
import type { CampaignTerms, Reward, RewardAmount } from './campaign.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import {
  decideEvent,
  type Evaluation,
  type EvaluationContext,
  type EventDecision,
} from './decide-event.ts';
import type { CampaignDecision, DecisionOutcome } from './decision.ts';
import type { ResolvedReward } from './qualification.ts';

/** Campaigns that use one action, indexed to find those that an event meets. */
export type MatchableCampaigns = Readonly<{
  campaigns: readonly CompiledCampaign[];
  /** The cohorts that any of them uses. */
  cohorts: ReadonlySet<string>;
  /** Campaigns that are eligible for the same events. */
  groups: readonly EligibilityGroup[];
  /**
   * The campaigns whose clauses may be met or fail for an event, in their order. The clauses of all
   * others are neither met nor fail.
   */
  candidatesOf: (event: ActionEvent) => readonly CompiledCampaign[];
}>;

/** The terms that decide whether the clauses of a campaign are evaluated at all. */
type Eligibility = Pick<CampaignTerms, 'startAt' | 'endAt' | 'lateness' | 'cohort'>;

type EligibilityGroup = Readonly<{
  eligibility: Eligibility;
  campaigns: ReadonlySet<CompiledCampaign>;
}>;

/**
 * The number of campaigns by decision, without those whose decisions are recorded, and the number
 * of decisions in which a clause failed.
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

/** Why the clauses of a campaign are not evaluated for an event; undefined if they are. */
export const ineligibilityOf = (
  { startAt, endAt, lateness, cohort }: Eligibility,
  { occurredAt }: Pick<ActionEvent, 'occurredAt'>,
  { now, cohorts }: Pick<EvaluationContext, 'now' | 'cohorts'>,
): DecisionOutcome | undefined => {
  if (occurredAt < startAt || occurredAt >= endAt) return 'outside-window';
  const { afterSeconds, policy } = lateness;
  const lateByMs = now.getTime() - occurredAt.getTime();
  if (policy === 'ignore' && lateByMs > afterSeconds * 1000) return 'too-late';
  if (cohort !== undefined && !cohorts.has(cohort)) return 'not-in-cohort';
  return undefined;
};

/** Evaluates the clauses and the reward of a campaign for an eligible event. */
export const evaluateClauses = (compiled: CompiledCampaign, event: ActionEvent): Evaluation => {
  const { campaign } = compiled;
  const { steps, met } = stepsMet(compiled, event);
  if (met.length === 0) return { campaign, outcome: 'no-match', steps };
  if (campaign.terms.type === 'QUEST') return { campaign, outcome: 'progressed', steps, met };
  const reward = resolveReward(campaign.terms.reward, event);
  return reward === undefined
    ? { campaign, outcome: 'nothing-to-give', steps }
    : { campaign, outcome: 'qualified', steps, reward };
};

type StepDecision = NonNullable<CampaignDecision['steps']>[number];

const stepsMet = (
  { campaign: { terms }, conditions }: CompiledCampaign,
  event: ActionEvent,
): Readonly<{ steps: readonly StepDecision[]; met: readonly number[] }> => {
  const rules = terms.type === 'QUEST' ? terms.rule.steps : [terms.rule];
  const steps: StepDecision[] = [];
  const met: number[] = [];
  for (const [step, { action }] of rules.entries()) {
    const conditionResult = action === event.action ? conditions[step]?.(event) : undefined;
    if (conditionResult === undefined) continue;
    steps.push({ step, clauses: conditionResult.clauses });
    if (conditionResult.holds) met.push(step);
  }
  return { steps, met };
};

/**
 * Computes the reward for an event, in whole points or minor units, with its expiry. Undefined if
 * it is 0: a share of a field that is missing, negative, fractional or too small.
 */
export const resolveReward = (
  reward: Reward,
  event: Pick<ActionEvent, 'occurredAt' | 'payload'>,
): ResolvedReward | undefined => {
  const amount = reward.type === 'COUPON' ? 1 : amountOf(reward.amount, event.payload);
  if (amount <= 0) return undefined;
  return { ...kindOf(reward), amount, expiresAt: expiryOf(reward, event.occurredAt) };
};

const kindOf = (reward: Reward): Omit<ResolvedReward, 'amount' | 'expiresAt'> => {
  switch (reward.type) {
    case 'POINTS':
      return { type: reward.type, currency: 'POINTS', program: reward.program };
    case 'CASHBACK':
      return { type: reward.type, currency: reward.currency, program: reward.program };
    case 'COUPON':
      return { type: reward.type, pool: reward.pool };
  }
};

const expiryOf = ({ expiresAfterDays }: Reward, occurredAt: Date): Date | undefined =>
  expiresAfterDays === undefined
    ? undefined
    : new Date(occurredAt.getTime() + expiresAfterDays * dayMs);

const amountOf = (amount: RewardAmount, payload: ActionEvent['payload']): number => {
  if (amount.kind === 'fixed') return amount.amount;
  const value = Object.hasOwn(payload, amount.field) ? payload[amount.field] : undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return 0;
  const share = (BigInt(value) * BigInt(amount.basisPoints)) / 10_000n;
  return share < BigInt(amount.max) ? Number(share) : amount.max;
};
