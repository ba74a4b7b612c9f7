import { z } from 'zod';
import { defectsOfNewVersion } from '#shared/domain/campaigns/schema-evolution.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { actionAnswer, newAction, showAction } from './action-document.ts';

/**
 * PUT …/actions/{action}: saves what its payload looks like, as the first version or one by which all clauses written before still
 * hold. What the newest says already changes nothing.
 */
export const putAction = ({ actions, tell }: Pick<Dependencies, 'actions' | 'tell'>) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/tenants/{tenantId}/actions/{action}',
    id: 'putAction',
    summary: "Save a version of an action's payload schema, compatible with the one before",
    scope: 'cms:write',
    params: actionPath,
    query: z.object({}),
    body: newAction,
    response: actionAnswer,
    problems: {
      404: 'The tenant does not exist',
      409: 'Clauses of active campaigns would not compile against this version',
    },
    handle: async ({ params, body, caller: { subject: createdBy } }) => {
      const { tenantId, action } = params;
      const saving = await actions.save(params, { ...body, createdBy }, (before) =>
        before === undefined
          ? []
          : defectsOfNewVersion(before, { ...body, action, version: before.version + 1 }),
      );
      switch (saving.kind) {
        case 'refused':
          throw new HttpProblem(409, 'schema-breaks-clauses', saving.defects.join('; '));
        case 'unknown-tenant':
          throw noTenant(tenantId);
        case 'saved':
          await tell({ tenantId, facts: [] });
          return showAction(saving.stored);
        case 'unchanged':
          return showAction(saving.stored);
      }
    },
  });
