import { z } from 'zod';
import { defectsOfNewVersion } from '#shared/domain/campaigns/schema-evolution.ts';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionCode } from '../fields.ts';
import { actionPath, tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { actionAnswer, actionsAnswer, newAction, showAction } from './document.ts';

/** The actions of tenants. */
export const actionRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listActions(dependencies),
  putAction(dependencies),
  getAction(dependencies),
];

/** GET …/actions: the actions of a tenant, each with its newest schema. */
const listActions = ({ actions }: Pick<Dependencies, 'actions'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/actions',
    id: 'listActions',
    summary: 'List actions by code',
    scope: 'cms:read',
    params: tenantPath,
    query: pageQuery(actionCode),
    response: actionsAnswer,
    handle: async ({ params: { tenantId }, query: { limit, cursor: after } }) => {
      const found = await actions.page(tenantId, { limit: limit + 1, after });
      const { items, nextCursor } = toPage(found, limit, ({ action }) => action);
      return { actions: items.map(showAction), nextCursor };
    },
  });

/** GET …/actions/{action}: the schema that expressions are checked against, or an earlier one. */
const getAction = ({ actions }: Pick<Dependencies, 'actions'>) =>
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

/**
 * PUT …/actions/{action}: saves what its payload looks like, as the first version or one by which
 * all clauses written before still hold. Saving the latest version again changes nothing.
 */
const putAction = ({ actions, afterCommit }: Pick<Dependencies, 'actions' | 'afterCommit'>) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/tenants/{tenantId}/actions/{action}',
    id: 'putAction',
    summary:
      "Save a version of an action's payload schema; it must be compatible with the previous one",
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
          await afterCommit({ tenantId, domainEvents: [] });
          return showAction(saving.stored);
        case 'unchanged':
          return showAction(saving.stored);
      }
    },
  });
