import { dayMs } from '../time/local-time.ts';
import type { ActionEvent } from './action-event.ts';
import type { Campaign, CampaignTerms, Reward, RewardAmount } from './campaign.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import type { CampaignDecision, DecisionOutcome } from './decision.ts';
import type { ResolvedReward } from './qualification.ts';

/** What evaluating needs beside the event. */
export type EvaluationContext = Readonly<{
  now: Date;
  /** The cohorts that the user was a member of when it happened. */
  cohorts: ReadonlySet<string>;
  /** The id of what a SIMPLE campaign gives for the event: the same for the same two, always. */
  incentiveIdOf: (campaign: Campaign, event: ActionEvent) => string;
}>;

/** The terms that decide whether the clauses of a campaign are evaluated at all. */
export type Eligibility = Pick<CampaignTerms, 'startAt' | 'endAt' | 'lateness' | 'cohort'>;

/** The evaluation of an event by one campaign, before its stacking group is considered. */
export type Evaluation = Readonly<{
  campaign: Campaign;
  outcome: DecisionOutcome;
  steps?: CampaignDecision['steps'];
  /** What a SIMPLE campaign would give. */
  reward?: ResolvedReward;
  /** Steps of a quest that were met. */
  met?: readonly number[];
}>;

/** Why an event does not get as far as the clauses of a campaign; undefined where it does. */
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

/** What the clauses and the reward of a campaign make of an event that is eligible. */
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
