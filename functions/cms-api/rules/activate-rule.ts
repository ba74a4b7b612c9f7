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
      'Orders placed from here on are paid by it. At least five minutes from now, so that every function has heard of it; in five minutes when left out',
    ),
  validUntil: someInstant
    .optional()
    .describe('Orders placed from here on are not; until a later version begins when left out'),
}).meta({ id: 'RuleActivation' });

/** POST …/rules/{version}:activate: lets a version begin. Repeating changes nothing. */
export const activateRule = ({ rules, clock }: Pick<Dependencies, 'rules' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/rules/{version}:activate',
    id: 'activateRule',
    summary: 'Let a version of an earning rule begin, in five minutes or later',
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
