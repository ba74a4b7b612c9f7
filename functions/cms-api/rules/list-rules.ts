import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { pageQuery, programPath } from '../parameters.ts';
import { listVersions } from '../versions/versions.ts';
import { rulesAnswer, showRule } from './rule-answer.ts';

/** GET …/rules: the versions of a program's earning rules, each with its status now. */
export const listRules = ({
  rules,
  programs,
  clock,
}: Pick<Dependencies, 'rules' | 'programs' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/rules',
    id: 'listRules',
    summary: "List the versions of a program's earning rule, newest first",
    scope: 'cms:read',
    params: programPath,
    query: pageQuery(z.int().min(1).max(versionMax)),
    response: rulesAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params: key, query: { limit, cursor } }) => {
      const page = await listVersions({ store: rules, programs }, { key, limit, cursor });
      const now = clock();
      return {
        rules: page.items.map((stored) => showRule(stored, now)),
        nextCursor: page.nextCursor,
      };
    },
  });
