import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionCode } from '../fields.ts';
import { pageQuery, tenantPath, toPage } from '../parameters.ts';
import { actionsAnswer, showAction } from './action-document.ts';

/** GET …/actions: the actions of a tenant, each with its newest schema. */
export const listActions = ({ actions }: Pick<Dependencies, 'actions'>) =>
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
