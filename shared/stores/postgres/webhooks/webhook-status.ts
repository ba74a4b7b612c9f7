import type { Sql } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { recordChange } from '../journal/record-change.ts';
import { resourceOf, type WebhookKey } from './webhook-rows.ts';

/** Automatic changes of status, in the change log. */
const subject = 'deliver-webhook';

/** The endpoint at a URL allowed deliveries, at a rate or at any. */
type Allowed = Readonly<{ url: string; ratePerMinute: number | undefined }>;

/** Activates an endpoint, unless its URL or status changed meanwhile. Repeating changes nothing. */
export const activate = (
  sql: Sql,
  webhookId: string,
  { url, ratePerMinute }: Allowed,
): Promise<void> =>
  inTransaction(sql, async (tx) => {
    const [activated] = await tx<{ tenantId: string }[]>`
      update webhooks set status = 'ACTIVE', version = version + 1, failing_since = null, failures = 0,
        rate_per_minute = ${ratePerMinute ?? null}
      where webhook_id = ${webhookId} and status = 'PENDING' and url = ${url} returning tenant_id`;
    if (activated === undefined) return;
    await recordChange(tx, {
      ...{
        ...activated,
        subject,
        action: 'webhook.activated',
        resource: resourceOf({ webhookId }),
      },
      after: { status: 'ACTIVE', ...(ratePerMinute !== undefined && { ratePerMinute }) },
    });
  });

/** Why an endpoint is disabled, and the event that notifies its tenant. */
export type Disabling = WebhookKey &
  Readonly<{
    reason: string;
    /** Only where it is still this URL that failed. */
    url: string;
    domainEvent: OutboxEvent;
  }>;

/** Disables an endpoint, unless that was done already or it is another one by now. */
export const disable = (
  sql: Sql,
  { webhookId, tenantId, url, reason, domainEvent }: Disabling,
): Promise<boolean> =>
  inTransaction(sql, async (tx) => {
    const { count } = await tx`
      update webhooks set status = 'DISABLED', version = version + 1, disabled_reason = ${reason}
      where webhook_id = ${webhookId} and url = ${url} and status in ('PENDING', 'ACTIVE')`;
    if (count === 0) return false;
    await recordChange(tx, {
      ...{ tenantId, subject, action: 'webhook.disabled', resource: resourceOf({ webhookId }) },
      after: { status: 'DISABLED', reason },
    });
    await addToOutbox(tx, [domainEvent]);
    return true;
  });
