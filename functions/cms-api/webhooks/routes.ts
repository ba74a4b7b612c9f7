import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noWebhook } from '../refusals.ts';
import { listDeliveries, redriveDelivery, redriveWebhook } from './delivery-routes.ts';
import {
  replyWebhook,
  showWebhook,
  webhookAnswer,
  webhookPath,
  webhooksAnswer,
  webhooksUrl,
  webhookTerms,
} from './document.ts';
import { refuseUrl } from './refuse-url.ts';
import { createWebhook, rotateSecret } from './secret-routes.ts';
import { enableWebhook, testWebhook } from './send-routes.ts';

/** Endpoints of tenants that receive events. */
export const webhookRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createWebhook(dependencies),
  listWebhooks(dependencies),
  getWebhook(dependencies),
  updateWebhook(dependencies),
  deleteWebhook(dependencies),
  rotateSecret(dependencies),
  enableWebhook(dependencies),
  testWebhook(dependencies),
  listDeliveries(dependencies),
  redriveWebhook(dependencies),
  redriveDelivery(dependencies),
];

/** GET /webhooks: the endpoints of the token's tenant. */
const listWebhooks = ({ webhooks }: Pick<Dependencies, 'webhooks'>) =>
  defineRoute({
    method: 'GET',
    path: webhooksUrl,
    id: 'listWebhooks',
    summary: 'List webhooks by id',
    scope: 'cms:read',
    params: z.object({}),
    query: pageQuery(z.uuid()),
    response: webhooksAnswer,
    handle: async ({ query: { limit, cursor: after }, caller: { tenantId } }) => {
      const found = await webhooks.page(tenantId, { limit: limit + 1, after });
      const { items, nextCursor } = toPage(found, limit, ({ webhookId }) => webhookId);
      return { webhooks: items.map(showWebhook), nextCursor };
    },
  });

/** GET /webhooks/{webhookId}: an endpoint, without its secret. */
const getWebhook = ({ webhooks }: Pick<Dependencies, 'webhooks'>) =>
  defineRoute({
    method: 'GET',
    path: `${webhooksUrl}/{webhookId}`,
    id: 'getWebhook',
    summary: 'Get a webhook and its status',
    scope: 'cms:read',
    params: webhookPath,
    query: z.object({}),
    sends: ['etag'],
    response: webhookAnswer,
    problems: { 404: 'The webhook does not exist' },
    handle: async ({ params: { webhookId }, caller: { tenantId } }) => {
      const webhook = await webhooks.find({ tenantId, webhookId });
      if (webhook === undefined) throw noWebhook(webhookId);
      return replyWebhook(webhook);
    },
  });

/**
 * PUT /webhooks/{webhookId}: replaces the terms; an endpoint at another URL has to allow deliveries
 * before it gets any.
 */
const updateWebhook = ({
  webhooks,
  webhookTargets,
  requestSending,
  clock,
}: Pick<Dependencies, 'webhooks' | 'webhookTargets' | 'requestSending' | 'clock'>) =>
  defineRoute({
    method: 'PUT',
    path: `${webhooksUrl}/{webhookId}`,
    id: 'updateWebhook',
    summary: 'Update a webhook; a new URL is verified first',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    body: webhookTerms,
    ifMatch: 'required',
    sends: ['etag'],
    response: webhookAnswer,
    problems: {
      404: 'The webhook does not exist',
      412: 'The webhook changed since the ETag was read',
    },
    handle: async ({ params: { webhookId }, body, ifMatch, caller: { tenantId, subject } }) => {
      refuseUrl(body, webhookTargets);
      const key = { tenantId, webhookId };
      const ifRevision = ifMatch?.slice(1, -1);
      const changed = await webhooks.update(key, body, { subject, ifRevision });
      if (changed === undefined) throw noWebhook(webhookId);
      if (changed.kind === 'stale') {
        const detail = 'The webhook was changed since its ETag was read; get it again';
        throw new HttpProblem(412, 'webhook-changed', detail);
      }
      await requestSending(key, clock());
      return replyWebhook(changed.webhook);
    },
  });

/** DELETE /webhooks/{webhookId}: nothing more is delivered, and its log is removed. */
const deleteWebhook = ({
  webhooks,
  requestSending,
  clock,
}: Pick<Dependencies, 'webhooks' | 'requestSending' | 'clock'>) =>
  defineRoute({
    method: 'DELETE',
    path: `${webhooksUrl}/{webhookId}`,
    id: 'deleteWebhook',
    summary: 'Delete a webhook with its deliveries',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    status: 204,
    problems: { 404: 'The webhook does not exist' },
    handle: async ({ params: { webhookId }, caller: { tenantId, subject } }) => {
      const key = { tenantId, webhookId };
      if (!(await webhooks.remove(key, subject))) throw noWebhook(webhookId);
      await requestSending(key, clock());
    },
  });
