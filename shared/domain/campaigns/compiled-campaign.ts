import type { ActionEvent } from './action-event.ts';
import type { Campaign } from './campaign.ts';

/**
 * The result of one clause: met or not, skipped because other clauses already decided, or failed.
 */
export type ClauseResult = 'yes' | 'no' | 'skipped' | Readonly<{ error: string }>;

/** Whether a clause tree is met, and the results of its clauses in document order. */
export type ConditionResult = Readonly<{ holds: boolean; clauses: readonly ClauseResult[] }>;

/** A compiled tree of clauses. Pure: the same event always gives the same result. */
export type Condition = (event: ActionEvent) => ConditionResult;

/** A campaign ready to evaluate events: one condition per step of `stepsOf`. */
export type CompiledCampaign = Readonly<{ campaign: Campaign; conditions: readonly Condition[] }>;
