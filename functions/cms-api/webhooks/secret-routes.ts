import { z } from 'zod';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noTenant, noWebhook } from '../refusals.ts';
import {
  secretAnswer,
  showWebhook,
  tagOf,
  webhookPath,
  webhooksUrl,
  webhookTerms,
} from './document.ts';
import { refuseUrl } from './refuse-url.ts';
import { newSecret } from './secret.ts';

type Access = Pick<
  Dependencies,
  'webhooks' | 'webhookTargets' | 'webhookSecrets' | 'requestSending' | 'clock'
>;

/** Endpoints that a tenant may have, since each can occupy a sender. */
const perTenantMax = 20;

/**
 * POST /webhooks: creates an endpoint, once per request, and shows its secret. It is active once it
 * has allowed deliveries.
 */
export const createWebhook = (access: Access) =>
  defineRoute({
    method: 'POST',
    path: webhooksUrl,
    id: 'createWebhook',
    summary: 'Create a webhook; its signing secret is shown once',
    scope: 'cms:write',
    params: z.object({}),
    query: z.object({}),
    body: webhookTerms,
    idempotent: true,
    answersSecret: true,
    status: 201,
    sends: ['etag', 'location'],
    response: secretAnswer,
    problems: {
      404: 'The tenant does not exist',
      409: `The tenant already has ${perTenantMax} webhooks, or this Idempotency-Key created a webhook whose secret is no longer shown`,
    },
    handle: async ({ body, caller: { tenantId, subject }, idempotencyKey: requestKey }) => {
      const { webhooks, webhookTargets, webhookSecrets, requestSending, clock } = access;
      refuseUrl(body, webhookTargets);
      const webhookId = derivedId('webhook', tenantId, subject, requestKey);
      const sealedSecret = webhookSecrets.seal(newSecret(), webhookId);
      const request = { tenantId, webhookId, subject, requestKey };
      const creation = await webhooks.create({ ...request, ...body, sealedSecret }, perTenantMax);
      if (creation.kind !== 'created') throw notCreated(creation.kind, tenantId);
      await requestSending({ tenantId, webhookId }, clock());
      const { webhook } = creation;
      const secret = webhookSecrets.open(creation.sealedSecret, webhookId);
      return reply({
        headers: { location: `${webhooksUrl}/${webhookId}`, etag: tagOf(webhook) },
        body: { ...showWebhook(webhook), secret },
      });
    },
  });

const notCreated = (
  kind: 'exists' | 'too-many' | 'unknown-tenant',
  tenantId: string,
): HttpProblem => {
  switch (kind) {
    case 'unknown-tenant':
      return noTenant(tenantId);
    case 'too-many':
      return new HttpProblem(409, 'too-many-webhooks', `A tenant can have at most ${perTenantMax}`);
    case 'exists':
      return new HttpProblem(
        409,
        'webhook-exists',
        'This Idempotency-Key already created a webhook, with different terms or with a secret that is no longer shown; rotate its secret',
      );
  }
};

/**
 * POST /webhooks/{webhookId}:rotate-secret: signs with a new secret from now on, and with the one
 * before for a day as well.
 */
export const rotateSecret = ({
  webhooks,
  webhookSecrets,
}: Pick<Access, 'webhooks' | 'webhookSecrets'>) =>
  defineRoute({
    method: 'POST',
    path: `${webhooksUrl}/{webhookId}:rotate-secret`,
    id: 'rotateWebhookSecret',
    summary: 'Rotate the signing secret; the previous one stays valid for a day',
    scope: 'cms:write',
    params: webhookPath,
    query: z.object({}),
    idempotent: true,
    answersSecret: true,
    sends: ['etag'],
    response: secretAnswer,
    problems: {
      404: 'The webhook does not exist',
      409: 'This Idempotency-Key already rotated the secret, to one that is no longer shown',
    },
    handle: async ({
      params: { webhookId },
      caller: { tenantId, subject },
      idempotencyKey: requestKey,
    }) => {
      const sealedSecret = webhookSecrets.seal(newSecret(), webhookId);
      const rotation = { subject, requestKey, sealedSecret };
      const rotated = await webhooks.rotate({ tenantId, webhookId }, rotation);
      if (rotated === undefined) throw noWebhook(webhookId);
      if (rotated.kind === 'repeated') {
        const detail =
          'This Idempotency-Key already rotated the secret, to one that is no longer shown; rotate it with another key';
        throw new HttpProblem(409, 'secret-rotated', detail);
      }
      const secret = webhookSecrets.open(rotated.sealedSecret, webhookId);
      return reply({
        headers: { etag: tagOf(rotated.webhook) },
        body: { ...showWebhook(rotated.webhook), secret },
      });
    },
  });
