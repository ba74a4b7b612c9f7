import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant, strict } from '../fields.ts';
import { versionPath } from '../parameters.ts';
import { activateVersion, activationProblems } from '../versions/versions.ts';
import { ruleAnswer, showRule } from './rule-answer.ts';

const ruleActivation = strict({
  validFrom: someInstant
    .optional()
    .describe(
      'Applies to orders placed at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now',
    ),
  validUntil: someInstant
    .optional()
    .describe(
      'Does not apply to orders placed at or after this time. Defaults to when a later version takes effect',
    ),
}).meta({ id: 'RuleActivation' });

/** POST …/rules/{version}:activate: lets a version begin. Repeating changes nothing. */
export const activateRule = ({ rules, clock }: Pick<Dependencies, 'rules' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/rules/{version}:activate',
    id: 'activateRule',
    summary: 'Activate a version of the earning rule, in five minutes or later',
    scope: 'cms:write',
    params: versionPath,
    query: z.object({}),
    body: ruleActivation,
    response: ruleAnswer,
    problems: activationProblems,
    handle: async ({ params, body, caller: { subject } }) => {
      const access = { store: rules, clock };
      return showRule(await activateVersion(access, params, { ...body, subject }), clock());
    },
  });
