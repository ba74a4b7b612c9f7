import type { SimpleRule } from '../campaigns/campaign.ts';

/** Which actions of users add them to a real-time cohort, and which remove them. */
export type CohortRules = Readonly<{
  add: readonly SimpleRule[];
  remove: readonly SimpleRule[];
  /** How long an action adds its user; without an end if omitted. */
  forSeconds?: number | undefined;
}>;

/** Real-time cohorts of one tenant: every action is evaluated against all of them. */
export const realTimeCohortsMax = 20;

/** The most that the expressions of one cohort may cost together, in units of clauses. */
export const cohortRulesCostMax = 2_000;
