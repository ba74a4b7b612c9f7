import { z } from 'zod';
import { text } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { oneOf } from '../fields.ts';
import { noWebhook } from '../refusals.ts';
import { deliveriesAnswer, showDelivery, webhookPath, webhooksUrl } from './document.ts';

type Access = Pick<Dependencies, 'webhooks' | 'deliveries' | 'requestSending' | 'clock'>;

const place = z.tuple([z.iso.datetime(), text]);

/**
 * GET …/deliveries: what was delivered to an endpoint, or what is to be, with the last attempts.
 */
export const listDeliveries = ({ webhooks, deliveries }: Pick<Access, 'webhooks' | 'deliveries'>) =>
  defineRoute({
    method: 'GET',
    path: `${webhooksUrl}/{webhookId}/deliveries`,
    id: 'listWebhookDeliveries',
    summary: 'List deliveries to a webhook by status, newest first',
    scope: 'cms:read',
    params: webhookPath,
    query: pageQuery(place).extend({
      status: oneOf('PENDING', 'DELIVERED', 'FAILED').default('FAILED'),
    }),
    response: deliveriesAnswer,
    problems: { 404: 'The webhook does not exist' },
    handle: async ({
      params: { webhookId },
      query: { status, limit, cursor },
      caller: { tenantId },
    }) => {
      const webhook = await webhooks.find({ tenantId, webhookId });
      if (webhook === undefined) throw noWebhook(webhookId);
      const after = cursor && { createdAt: cursor[0], eventId: cursor[1] };
      const found = await deliveries.page(webhookId, { status, after, limit: limit + 1 });
      const page = toPage(found, limit, ({ createdAt, eventId }) => [
        createdAt.toISOString(),
        eventId,
      ]);
      return { deliveries: page.items.map(showDelivery), nextCursor: page.nextCursor };
    },
  });

/** Rows that one request makes due again: seconds of work for Postgres. */
const redrivenMax = 10_000;

const redriveAnswer = z
  .object({
    redriven: z
      .int()
      .describe(`Number of redriven deliveries; repeat the request while it is ${redrivenMax}`),
  })
  .meta({ id: 'WebhookRedrive' });

/** POST /webhooks/{webhookId}:redrive: failed deliveries are due again, the oldest first. */
export const redriveWebhook = (access: Access) =>
  defineRoute({
    method: 'POST',
    path: `${webhooksUrl}/{webhookId}:redrive`,
    id: 'redriveWebhook',
    summary: 'Redrive all failed deliveries of a webhook',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    status: 202,
    response: redriveAnswer,
    problems: { 404: 'The webhook does not exist' },
    handle: async ({ params: { webhookId }, caller: { tenantId, subject } }) => ({
      redriven: await redrive(access, { tenantId, webhookId, subject }),
    }),
  });

/** POST …/deliveries/{eventId}:redrive: one failed delivery is due again. */
export const redriveDelivery = (access: Access) =>
  defineRoute({
    method: 'POST',
    path: `${webhooksUrl}/{webhookId}/deliveries/{eventId}:redrive`,
    id: 'redriveWebhookDelivery',
    summary: 'Redrive a failed delivery',
    scope: 'cms:write',
    params: webhookPath.extend({ eventId: text.min(1).max(300) }),
    query: z.object({}),
    status: 202,
    response: redriveAnswer,
    problems: { 404: 'The webhook does not exist', 409: 'The webhook has no such failed delivery' },
    handle: async ({ params: { webhookId, eventId }, caller: { tenantId, subject } }) => {
      const redriven = await redrive(access, { tenantId, webhookId, subject, eventId });
      if (redriven > 0) return { redriven };
      const detail = `Event ${eventId} has no failed delivery to this webhook`;
      throw new HttpProblem(409, 'delivery-not-failed', detail);
    },
  });

type Redrive = Readonly<{ tenantId: string; webhookId: string; subject: string; eventId?: string }>;

const redrive = async (
  { webhooks, deliveries, requestSending, clock }: Access,
  { subject, eventId, ...key }: Redrive,
): Promise<number> => {
  if ((await webhooks.find(key)) === undefined) throw noWebhook(key.webhookId);
  const which = eventId === undefined ? {} : { eventId };
  const redriven = await deliveries.redrive(key, { subject, limit: redrivenMax, ...which });
  if (redriven > 0) await requestSending(key, clock());
  return redriven;
};
