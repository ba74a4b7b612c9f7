import { assert } from '#shared/domain/assert.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import {
  readWebhooks,
  requestHandshake,
  resourceOf,
  shownTerms,
  type Webhook,
  type WebhookKey,
  type WebhookTerms,
} from './webhook-rows.ts';

/** Who makes the change, and in which request. */
type Request = Readonly<{ subject: string; requestKey: string }>;

/** An endpoint with its encrypted secret. */
type WithSecret = Readonly<{ webhook: Webhook; sealedSecret: string }>;

/** The outcome of creating an endpoint. */
export type WebhookCreation =
  | (WithSecret & Readonly<{ kind: 'created' }>)
  /** The request created it with other terms, or its secret is not shown again. */
  | Readonly<{ kind: 'exists' | 'too-many' | 'unknown-tenant' }>;

/** The outcome of rotating a secret; undefined if the endpoint does not exist. */
type Rotation =
  | (WithSecret & Readonly<{ kind: 'rotated' }>)
  /** The request rotated it before, and its secret is not shown again. */
  | Readonly<{ kind: 'repeated' }>;

type NewWebhook = WebhookKey & WebhookTerms & Request & Readonly<{ sealedSecret: string }>;

/** The outcome of changing an endpoint; undefined if it does not exist. */
type Changed = Readonly<{ kind: 'changed'; webhook: Webhook } | { kind: 'stale' }> | undefined;

/** `ifRevision`: the version that the change was made on, as text. */
type Change = Readonly<{ subject: string; ifRevision: string | undefined }>;

export type WebhookStore = Readonly<{
  /**
   * Creates an endpoint under an id that its request decides, so that repeating changes nothing.
   */
  create: (webhook: NewWebhook, perTenantMax: number) => Promise<WebhookCreation>;
  find: (key: WebhookKey) => Promise<Webhook | undefined>;
  /** In the order of ids, those `after` one. */
  page: (
    tenantId: string,
    page: Readonly<{ limit: number; after: string | undefined }>,
  ) => Promise<readonly Webhook[]>;
  /**
   * Replaces its terms; another URL has to allow deliveries again, and events wait until it does.
   */
  update: (key: WebhookKey, terms: WebhookTerms, change: Change) => Promise<Changed>;
  /** Requests the endpoint's permission again, unless it is active already. */
  enable: (key: WebhookKey, subject: string) => Promise<Webhook | undefined>;
  /** Stops deliveries; the rows are removed later. False where there is none. */
  remove: (key: WebhookKey, subject: string) => Promise<boolean>;
  /**
   * Signs with another secret, and for a day with the one before as well. Repeating changes
   * nothing, and shows the secret for that day, unless it was rotated again.
   */
  rotate: (
    key: WebhookKey,
    rotation: Request & Readonly<{ sealedSecret: string }>,
  ) => Promise<Rotation | undefined>;
}>;

/** Endpoints of tenants, as people manage them. */
export const webhookStore = (sql: Sql): WebhookStore => ({
  create: (webhook, perTenantMax) => inTransaction(sql, (tx) => create(tx, webhook, perTenantMax)),
  find: (key) => withPostgres(async () => (await readWebhooks(sql, key))[0]),
  page: (tenantId, { limit, after }) =>
    withPostgres(() => readWebhooks(sql, { tenantId, after }, limit)),
  update: (key, terms, change) => inTransaction(sql, (tx) => update(tx, key, { terms, change })),
  enable: (key, subject) => inTransaction(sql, (tx) => enable(tx, key, subject)),
  remove: (key, subject) =>
    inTransaction(sql, async (tx) => {
      const before = await lock(tx, key);
      if (before === undefined) return false;
      await tx`update webhooks set status = 'DELETED', version = version + 1 where webhook_id = ${key.webhookId}`;
      const resource = resourceOf(key);
      const { tenantId } = key;
      const change = { tenantId, subject, resource, before: shownTerms(before) };
      await recordChange(tx, { ...change, action: 'webhook.deleted' });
      return true;
    }),
  rotate: (key, rotation) => inTransaction(sql, (tx) => rotate(tx, key, rotation)),
});

/** Changes to one endpoint follow each other. */
const lock = async (tx: Transaction, key: WebhookKey): Promise<Webhook | undefined> => {
  await tx`select from webhooks where webhook_id = ${key.webhookId} for no key update`;
  return (await readWebhooks(tx, key))[0];
};

const create = async (
  tx: Transaction,
  webhook: NewWebhook,
  perTenantMax: number,
): Promise<WebhookCreation> => {
  const { webhookId, tenantId, url, description, eventTypes, sealedSecret, ...request } = webhook;
  // Locking the tenant keeps its endpoints within their number.
  const tenants = await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  if (tenants.count === 0) return { kind: 'unknown-tenant' };
  const repeated = await createdBefore(tx, webhook);
  if (repeated !== undefined) return repeated;
  const others = await tx`
    select from webhooks where tenant_id = ${tenantId} and status <> 'DELETED' limit ${perTenantMax}`;
  if (others.count >= perTenantMax) return { kind: 'too-many' };
  await tx`
    insert into webhooks (webhook_id, tenant_id, url, description, event_types, secret, created_by)
    values (${webhookId}, ${tenantId}, ${url}, ${description ?? null}, ${eventTypes}::text[], ${sealedSecret}, ${request.subject})`;
  await requestHandshake(tx, webhookId);
  const after = shownTerms(webhook);
  const resource = resourceOf(webhook);
  await recordChange(tx, { tenantId, ...request, action: 'webhook.created', resource, after });
  return { kind: 'created', webhook: await existing(tx, webhook), sealedSecret };
};

/**
 * The secret is shown to repeats of a request for a day, as stored answers of other requests are.
 */
const createdBefore = async (
  tx: Transaction,
  { webhookId, url, description, eventTypes, tenantId }: NewWebhook,
): Promise<WebhookCreation | undefined> => {
  const [found] = await tx<{ secret: string; isSame: boolean }[]>`
    select secret,
      rotation_request is null and status <> 'DELETED' and created_at > now() - interval '1 day'
        and url = ${url} and description is not distinct from ${description ?? null}
        and event_types = ${eventTypes}::text[] as is_same
    from webhooks where webhook_id = ${webhookId}`;
  if (found === undefined) return undefined;
  if (!found.isSame) return { kind: 'exists' };
  const webhook = await existing(tx, { tenantId, webhookId });
  return { kind: 'created', webhook, sealedSecret: found.secret };
};

const existing = async (tx: Transaction, key: WebhookKey): Promise<Webhook> => {
  const [webhook] = await readWebhooks(tx, key);
  assert(webhook, 'an endpoint that was written exists');
  return webhook;
};

type Update = Readonly<{ terms: WebhookTerms; change: Change }>;

const update = async (
  tx: Transaction,
  key: WebhookKey,
  { terms, change: { subject, ifRevision } }: Update,
): Promise<Changed> => {
  const before = await lock(tx, key);
  if (before === undefined) return undefined;
  if (ifRevision !== String(before.version)) return { kind: 'stale' };
  const { url, description, eventTypes } = terms;
  const isMoved = url !== before.url;
  await tx`
    update webhooks set version = version + 1, url = ${url}, description = ${description ?? null},
      event_types = ${eventTypes}::text[]
      ${isMoved ? tx`, ${pending(tx)}` : tx``}
    where webhook_id = ${key.webhookId}`;
  if (isMoved) await requestHandshake(tx, key.webhookId);
  await recordChange(tx, {
    ...{ tenantId: key.tenantId, subject, action: 'webhook.updated', resource: resourceOf(key) },
    ...{ before: shownTerms(before), after: shownTerms(terms) },
  });
  return { kind: 'changed', webhook: await existing(tx, key) };
};

/** Nothing is known of an endpoint that has yet to allow deliveries. */
const pending = (tx: Transaction) =>
  tx`status = 'PENDING', disabled_reason = null, rate_per_minute = null, failing_since = null, failures = 0,
    next_send_at = '-infinity'`;

const enable = async (
  tx: Transaction,
  key: WebhookKey,
  subject: string,
): Promise<Webhook | undefined> => {
  const before = await lock(tx, key);
  if (before === undefined || before.status === 'ACTIVE') return before;
  await tx`update webhooks set version = version + 1, ${pending(tx)} where webhook_id = ${key.webhookId}`;
  await requestHandshake(tx, key.webhookId);
  await recordChange(tx, {
    ...{ tenantId: key.tenantId, subject, action: 'webhook.enabled', resource: resourceOf(key) },
    ...{ before: { status: before.status }, after: { status: 'PENDING' } },
  });
  return existing(tx, key);
};

const rotate = async (
  tx: Transaction,
  key: WebhookKey,
  { subject, requestKey, sealedSecret }: Request & Readonly<{ sealedSecret: string }>,
): Promise<Rotation | undefined> => {
  if ((await lock(tx, key)) === undefined) return undefined;
  const request = `${subject} ${requestKey}`;
  const [repeated] = await tx<{ secret: string }[]>`
    select secret from webhooks
    where webhook_id = ${key.webhookId} and rotation_request = ${request} and previous_secret_until > now()`;
  if (repeated !== undefined)
    return { kind: 'rotated', webhook: await existing(tx, key), sealedSecret: repeated.secret };
  const change = {
    tenantId: key.tenantId,
    resource: resourceOf(key),
    action: 'webhook.secret-rotated',
  };
  const earlier = await tx`
    select from audit_log
    where tenant_id = ${change.tenantId} and request = ${request} and action = ${change.action} and resource = ${change.resource}`;
  if (earlier.count > 0) return { kind: 'repeated' };
  await tx`
    update webhooks set version = version + 1, previous_secret = secret, previous_secret_until = now() + interval '1 day',
      secret = ${sealedSecret}, rotation_request = ${request}
    where webhook_id = ${key.webhookId}`;
  await recordChange(tx, { ...change, subject, requestKey });
  return { kind: 'rotated', webhook: await existing(tx, key), sealedSecret };
};
