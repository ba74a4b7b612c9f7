import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant, slug, text } from './fields.ts';

/** An endpoint of a tenant gets no more events until somebody enables it. */
export const WebhookDisabled = defineContract({
  type: 'guerdon.webhook.disabled.v1',
  topic: 'webhook-events',
  summary: 'A webhook was disabled: it receives no events until it is enabled again.',
  schema: z.object({
    tenantId: slug,
    webhookId: z.uuid(),
    url: text,
    reason: z
      .enum(['gone', 'failing', 'handshake-failed'])
      .describe(
        'gone: it returned 410; failing: no delivery succeeded for three days; handshake-failed: it did not allow deliveries within a day',
      ),
    disabledAt: instant,
  }),
  example: {
    tenantId: 'default',
    webhookId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11',
    url: 'https://hooks.example.com/guerdon',
    reason: 'failing',
    disabledAt: '2026-11-21T10:15:00Z',
  },
});

/** Something is due to an endpoint: deliver-webhook sends it now and not with the next tick. */
export const WebhookSendRequested = defineContract({
  type: 'guerdon.webhook.send-requested.v1',
  topic: 'webhook-events',
  summary: 'Requests sending the due deliveries of a webhook.',
  schema: z.object({ tenantId: slug, webhookId: z.uuid() }),
  example: { tenantId: 'default', webhookId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11' },
});
