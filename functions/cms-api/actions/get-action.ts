import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/parameters.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionPath } from '../parameters.ts';
import { actionAnswer, showAction } from './action-document.ts';

/** GET …/actions/{action}: the schema that expressions are checked against, or an earlier one. */
export const getAction = ({ actions }: Pick<Dependencies, 'actions'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/actions/{action}',
    id: 'getAction',
    summary: "Get an action's payload schema",
    scope: 'cms:read',
    params: actionPath,
    query: z.object({
      version: wholeNumber(1, versionMax).optional().describe('Defaults to the latest version'),
    }),
    response: actionAnswer,
    problems: { 404: 'The action or version does not exist' },
    handle: async ({ params, query: { version } }) => {
      const stored = await actions.find(params, version);
      if (stored !== undefined) return showAction(stored);
      const detail = `This version of action ${params.action} does not exist`;
      throw new HttpProblem(404, 'action-not-found', detail);
    },
  });
