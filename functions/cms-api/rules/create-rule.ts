import { z } from 'zod';
import { reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath } from '../parameters.ts';
import { noProgram } from '../refusals.ts';
import { ruleAnswer, showRule } from './rule-answer.ts';
import { newRule } from './rule-document.ts';

/** POST …/rules: saves a new version, once per request. It is a draft that pays nothing, and its terms never change. */
export const createRule = ({ rules, clock }: Pick<Dependencies, 'rules' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/rules',
    id: 'createRule',
    summary: 'Create a version of the earning rule as a draft',
    scope: 'cms:write',
    params: programPath,
    query: z.object({}),
    body: newRule,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: ruleAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params, body, caller, idempotencyKey: requestKey }) => {
      const draft = { ...body, createdBy: caller.subject, requestKey };
      const stored = await rules.draft(params, draft);
      if (stored === undefined) throw noProgram(params);
      const { tenantId, program } = params;
      const location = `/api/v1/tenants/${tenantId}/programs/${program}/rules/${stored.version}`;
      return reply({ headers: { location }, body: showRule(stored, clock()) });
    },
  });
