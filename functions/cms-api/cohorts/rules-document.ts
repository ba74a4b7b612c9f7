import { strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { clause } from '../campaigns/clause-document.ts';
import { actionCode, listOf } from '../fields.ts';

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
    'An action that meets any of these adds its user, effective just after the action',
  ),
  remove: listOf(rule, { atMost: rulesMax })
    .default([])
    .describe(
      'An action that meets any of these removes its user, even if it also meets one of `add`',
    ),
  forSeconds: whole(1, secondsMax)
    .optional()
    .describe(
      'How long a user who was added stays a member. Defaults to until an action removes the user',
    ),
}).meta({ id: 'CohortRules' });
