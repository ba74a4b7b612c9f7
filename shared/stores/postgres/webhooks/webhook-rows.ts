import type { Sql, Transaction } from '../driver/connect.ts';

/** Names an endpoint; one of another tenant does not exist. */
export type WebhookKey = Readonly<{ tenantId: string; webhookId: string }>;

/** What a tenant chooses of an endpoint. */
export type WebhookTerms = Readonly<{
  url: string;
  description?: string | undefined;
  /** `points.awarded`, `points.*` or `*`. */
  eventTypes: readonly string[];
}>;

type WebhookStatus = 'PENDING' | 'ACTIVE' | 'DISABLED';

/** An endpoint as it is shown: without its secrets. */
export type Webhook = WebhookKey &
  WebhookTerms &
  Readonly<{
    version: number;
    status: WebhookStatus;
    disabledReason: string | undefined;
    ratePerMinute: number | undefined;
    failingSince: Date | undefined;
    previousSecretUntil: Date | undefined;
    createdAt: Date;
    createdBy: string;
  }>;

/** Columns that may be null. */
type Optional =
  | 'description'
  | 'disabledReason'
  | 'ratePerMinute'
  | 'failingSince'
  | 'previousSecretUntil';

type Row = Omit<Webhook, Optional> & {
  [Field in Optional]: NonNullable<Webhook[Field]> | null;
};

type Which = Readonly<{ tenantId: string; webhookId?: string; after?: string | undefined }>;

/** Endpoints of a tenant in the order of their ids: one, or those `after` one. */
export const readWebhooks = async (
  sql: Sql | Transaction,
  { tenantId, webhookId, after }: Which,
  limit = 1,
): Promise<readonly Webhook[]> => {
  const rows = await sql<Row[]>`
    select webhook_id, tenant_id, url, description, event_types,
      version, status, disabled_reason, rate_per_minute,
      failing_since,
      case when previous_secret_until > now() then previous_secret_until end as previous_secret_until,
      created_at, created_by
    from webhooks
    where tenant_id = ${tenantId} and status <> 'DELETED'
      ${webhookId === undefined ? sql`` : sql`and webhook_id = ${webhookId}`}
      ${after === undefined ? sql`` : sql`and webhook_id > ${after}`}
    order by webhook_id limit ${limit}`;
  return rows.map((row) => ({
    ...row,
    description: row.description ?? undefined,
    disabledReason: row.disabledReason ?? undefined,
    ratePerMinute: row.ratePerMinute ?? undefined,
    failingSince: row.failingSince ?? undefined,
    previousSecretUntil: row.previousSecretUntil ?? undefined,
  }));
};

/** The path of an endpoint in the change log. */
export const resourceOf = ({ webhookId }: Pick<WebhookKey, 'webhookId'>): string =>
  `webhooks/${webhookId}`;

/** The terms as the change log shows them. */
export const shownTerms = ({ url, description, eventTypes }: WebhookTerms): object => ({
  url,
  ...(description !== undefined && { description }),
  eventTypes,
});

/** Requests the endpoint's permission again; earlier requests of that are dropped. */
export const requestHandshake = async (tx: Transaction, webhookId: string): Promise<void> => {
  await tx`delete from webhook_deliveries where webhook_id = ${webhookId} and kind = 'HANDSHAKE'`;
  await tx`
    insert into webhook_deliveries (webhook_id, event_id, event_type, kind, body, retry_until)
    values (${webhookId}, gen_random_uuid(), 'webhook.handshake', 'HANDSHAKE', '', now() + interval '1 day')`;
};
