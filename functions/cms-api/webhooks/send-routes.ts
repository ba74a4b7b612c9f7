import { z } from 'zod';
import { derivedId, eventSource } from '#shared/eventing/domain-event.ts';
import { structuredEvent } from '#shared/eventing/webhooks/structured-event.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noWebhook } from '../refusals.ts';
import { replyWebhook, webhookAnswer, webhookPath, webhooksUrl } from './document.ts';

/**
 * POST /webhooks/{webhookId}:enable: requests permission from the endpoint; pending deliveries are
 * sent after that.
 */
export const enableWebhook = ({
  webhooks,
  requestSending,
  clock,
}: Pick<Dependencies, 'webhooks' | 'requestSending' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: `${webhooksUrl}/{webhookId}:enable`,
    id: 'enableWebhook',
    summary: 'Enable a disabled webhook, or verify a pending one again',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    sends: ['etag'],
    response: webhookAnswer,
    problems: { 404: 'The webhook does not exist' },
    handle: async ({ params: { webhookId }, caller: { tenantId, subject } }) => {
      const key = { tenantId, webhookId };
      const webhook = await webhooks.enable(key, subject);
      if (webhook === undefined) throw noWebhook(webhookId);
      await requestSending(key, clock());
      return replyWebhook(webhook);
    },
  });

const testAnswer = z
  .object({ eventId: z.string().describe('Id of the event, as listed in the deliveries') })
  .meta({ id: 'WebhookTest' });

/**
 * POST /webhooks/{webhookId}:test: delivers an event of the type webhook.test, whatever the
 * endpoint wants, once per request.
 */
export const testWebhook = ({
  webhooks,
  deliveries,
  requestSending,
  clock,
}: Pick<Dependencies, 'webhooks' | 'deliveries' | 'requestSending' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: `${webhooksUrl}/{webhookId}:test`,
    id: 'testWebhook',
    summary: 'Send a test event to a webhook',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    idempotent: true,
    status: 202,
    response: testAnswer,
    problems: { 404: 'The webhook does not exist', 409: 'The webhook is not active' },
    handle: async ({
      params: { webhookId },
      caller: { tenantId, subject },
      idempotencyKey: requestKey,
    }) => {
      const key = { tenantId, webhookId };
      const webhook = await webhooks.find(key);
      if (webhook === undefined) throw noWebhook(webhookId);
      if (webhook.status !== 'ACTIVE') {
        const detail = `The webhook is ${webhook.status}; only active ones can be tested`;
        throw new HttpProblem(409, 'webhook-not-active', detail);
      }
      const eventId = derivedId('webhook.test', tenantId, webhookId, subject, requestKey);
      const now = clock();
      const body = structuredEvent({
        ...{ id: eventId, source: eventSource, type: 'guerdon.webhook.test.v1', tenantId },
        ...{ time: now.toISOString(), data: { tenantId, webhookId } },
      });
      await deliveries.add(webhookId, { eventId, eventType: 'webhook.test', body });
      await requestSending(key, now);
      return { eventId };
    },
  });
