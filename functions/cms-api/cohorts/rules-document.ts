import { clause } from '../campaigns/clause-document.ts';
import { actionCode, listOf, strict, whole } from '../fields.ts';

const rulesMax = 10;
const secondsMax = 366 * 86_400;

const rule = strict({
  action: actionCode,
  when: clause
    .optional()
    .describe('Condition that an event must meet. Defaults to any event of the action'),
});

/** The rules of a real-time cohort. */
export const cohortRules = strict({
  add: listOf(rule, { atLeast: 1, atMost: rulesMax }).describe(
    'An action that meets one of them adds its user, from just after the action',
  ),
  remove: listOf(rule, { atMost: rulesMax })
    .default([])
    .describe('An action that meets one of them removes its user, also if it meets one of `add`'),
  forSeconds: whole(1, secondsMax)
    .optional()
    .describe('How long an action adds its user. Defaults to until an action removes the user'),
}).meta({ id: 'CohortRules' });
