import { z } from 'zod';
import { eventNameOf, webhookContracts } from '#shared/eventing/webhooks/webhook-contracts.ts';
import { line, shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { LoggedDelivery } from '#shared/stores/postgres/webhooks/delivery-log.ts';
import type { Webhook } from '#shared/stores/postgres/webhooks/webhook-rows.ts';
import { listOf } from '../fields.ts';

const names = webhookContracts.map(eventNameOf);
const families = [...new Set(names.map((name) => name.replace(/\..*/, '.*')))];
const patterns: ReadonlySet<string> = new Set(['*', ...families, ...names]);
const patternError = `must be *, ${families.join(', ')} or one of ${names.join(', ')}`;

const urlError = 'must be 1 to 2000 printable ASCII characters without spaces';

/** The body that creates an endpoint or replaces its terms. */
export const webhookTerms = strict({
  url: z
    .string({ error: ({ input }) => (input === undefined ? 'is missing' : urlError) })
    .regex(/^[\x21-\x7e]{1,2000}$/, urlError)
    .describe(
      'URL that receives events: https, a public host, port 443, 80 or above 1023, no credentials. Redirects are not followed',
    ),
  description: line(200).optional(),
  eventTypes: listOf(
    z.string({ error: patternError }).refine((pattern) => patterns.has(pattern), patternError),
    { atLeast: 1, atMost: 50 },
  ).describe('Event types by name (`points.awarded`), by family (`points.*`), or `*` for all'),
}).meta({ id: 'WebhookTerms' });

const webhookFields = {
  webhookId: z.uuid(),
  url: z.string(),
  description: z.string().nullable(),
  eventTypes: z.array(z.string()),
  status: z
    .enum(['PENDING', 'ACTIVE', 'DISABLED'])
    .describe(
      'PENDING until the endpoint responds to OPTIONS with WebHook-Allowed-Origin; events wait meanwhile. DISABLED: no events are delivered or recorded',
    ),
  disabledReason: z
    .string()
    .nullable()
    .describe(
      'gone: it returned 410; failing: no delivery succeeded for three days; handshake-failed: it did not allow deliveries within a day',
    ),
  ratePerMinute: z
    .int()
    .nullable()
    .describe('Requests per minute that its WebHook-Allowed-Rate allows; null: no limit'),
  failingSince: shownInstant
    .nullable()
    .describe('First failure since the last success, or since a day without attempts'),
  previousSecretUntil: shownInstant
    .nullable()
    .describe('Until then, deliveries are also signed with the previous secret'),
  createdAt: shownInstant,
  createdBy: z.string().describe('Subject of the token'),
};

/** An endpoint, without its secret. */
export const webhookAnswer = z.object(webhookFields).meta({ id: 'Webhook' });

/** An endpoint with its new secret. */
export const secretAnswer = z
  .object({
    ...webhookFields,
    secret: z.string().describe('Signing secret, `whsec_…`: shown only in this response'),
  })
  .meta({ id: 'WebhookWithSecret' });

/** A page of endpoints. */
export const webhooksAnswer = z
  .object({ webhooks: z.array(webhookAnswer), nextCursor })
  .meta({ id: 'Webhooks' });

const attempt = z
  .object({
    at: shownInstant.describe('When the attempt began'),
    ms: z.int().describe('Time until the response or the error'),
    status: z.int().optional().describe('HTTP status of the response'),
    error: z.string().optional().describe('Why there was no response, such as `timeout`'),
  })
  .meta({ id: 'WebhookAttempt' });

const deliveryAnswer = z
  .object({
    eventId: z.string().describe('Sent as webhook-id in every attempt'),
    eventType: z.string(),
    status: z.enum(['PENDING', 'DELIVERED', 'FAILED']),
    attempts: z.int().describe('Attempts since it was recorded or last redriven'),
    nextAttemptAt: shownInstant.nullable().describe('null once it is delivered or has failed'),
    createdAt: shownInstant,
    log: z.array(attempt).describe('The last 20 attempts'),
  })
  .meta({ id: 'WebhookDelivery' });

/** A page of deliveries. */
export const deliveriesAnswer = z
  .object({ deliveries: z.array(deliveryAnswer), nextCursor })
  .meta({ id: 'WebhookDeliveries' });

/** The path of a webhook; its tenant is that of the token. */
export const webhookPath = z.object({ webhookId: z.uuid('must be a UUID') });

export const webhooksUrl = '/api/v1/webhooks';

const isoOrNull = (instant: Date | undefined): string | null => instant?.toISOString() ?? null;

/** Shows an endpoint. */
export const showWebhook = ({
  tenantId: _tenantId,
  version: _version,
  ...webhook
}: Webhook): z.output<typeof webhookAnswer> => ({
  ...webhook,
  eventTypes: [...webhook.eventTypes],
  description: webhook.description ?? null,
  disabledReason: webhook.disabledReason ?? null,
  ratePerMinute: webhook.ratePerMinute ?? null,
  failingSince: isoOrNull(webhook.failingSince),
  previousSecretUntil: isoOrNull(webhook.previousSecretUntil),
  createdAt: webhook.createdAt.toISOString(),
});

/** The entity tag of an endpoint. */
export const tagOf = ({ version }: Webhook): string => `"${version}"`;

/** Shows an endpoint with its entity tag. */
export const replyWebhook = (webhook: Webhook) =>
  reply({ headers: { etag: tagOf(webhook) }, body: showWebhook(webhook) });

/** Shows a delivery. */
export const showDelivery = ({
  dueAt,
  createdAt,
  log,
  ...delivery
}: LoggedDelivery): z.output<typeof deliveryAnswer> => ({
  ...delivery,
  nextAttemptAt: delivery.status === 'PENDING' ? dueAt.toISOString() : null,
  createdAt: createdAt.toISOString(),
  log: [...log],
});
