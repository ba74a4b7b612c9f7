import type { ActionEvent } from './action-event.ts';
import type { Campaign } from './campaign.ts';

/**
 * What became of one clause: it held or not, was not asked because others decided already, or could
 * not be answered.
 */
export type ClauseResult = 'yes' | 'no' | 'skipped' | Readonly<{ error: string }>;

/** Whether a tree of clauses held, and each of its clauses in the order of the document. */
export type ConditionResult = Readonly<{ holds: boolean; clauses: readonly ClauseResult[] }>;

/** A compiled tree of clauses. Pure: the same event always gives the same result. */
export type Condition = (event: ActionEvent) => ConditionResult;

/** A campaign ready to evaluate events: one condition per step of `stepsOf`. */
export type CompiledCampaign = Readonly<{ campaign: Campaign; conditions: readonly Condition[] }>;
