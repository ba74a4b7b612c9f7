import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { versionPath } from '../parameters.ts';
import { findVersion } from '../versions/versions.ts';
import { ruleAnswer, showRule } from './rule-answer.ts';

/** GET …/rules/{version}: one version of an earning rule. */
export const getRule = ({ rules, clock }: Pick<Dependencies, 'rules' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/rules/{version}',
    id: 'getRule',
    summary: 'Get a version of the earning rule',
    scope: 'cms:read',
    params: versionPath,
    query: z.object({}),
    response: ruleAnswer,
    problems: { 404: 'The program or version does not exist' },
    handle: async ({ params }) => showRule(await findVersion(rules, params), clock()),
  });
