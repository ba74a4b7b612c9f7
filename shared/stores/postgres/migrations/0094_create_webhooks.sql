-- Endpoints of tenants that receive events, and the deliveries to them.

create table webhooks (
  webhook_id            uuid primary key,
  tenant_id             text not null references tenants,
  url                   text not null,
  description           text,
  event_types           text[] not null,
  version               integer not null default 1,
  status                text not null default 'PENDING' check (status in ('PENDING', 'ACTIVE', 'DISABLED', 'DELETED')),
  disabled_reason       text,
  secret                text not null,
  previous_secret       text,
  previous_secret_until timestamptz,
  rotation_request      text,
  rate_per_minute       integer check (rate_per_minute > 0),
  failing_since         timestamptz,
  failures              integer not null default 0,
  next_send_at          timestamptz not null default '-infinity',
  created_at            timestamptz not null default now(),
  created_by            text not null
) with (fillfactor = 70);
create index webhooks_by_tenant on webhooks (tenant_id, webhook_id) where status <> 'DELETED';
comment on table webhooks is 'PENDING: the endpoint has not allowed deliveries yet; DELETED: its deliveries are being removed';
comment on column webhooks.secret is 'Encrypted: key id, nonce, ciphertext and tag (shared/runtime/secret-box.ts)';
comment on column webhooks.rotation_request is 'Subject and Idempotency-Key of the last rotation: repeating it does not rotate again';
comment on column webhooks.rate_per_minute is 'Requests a minute that the endpoint allows; null: as many as we send';
comment on column webhooks.failing_since is 'First failure since the last success; null after a success';
comment on column webhooks.failures is 'Consecutive failures of the endpoint itself: no answer, 429 or 5xx';
comment on column webhooks.next_send_at is 'Nothing is sent before: the rate that it allows, Retry-After, or a pause after failures';

create table webhook_deliveries (
  webhook_id   uuid not null references webhooks,
  event_id     text not null,
  event_type   text not null,
  kind         text not null default 'EVENT' check (kind in ('EVENT', 'HANDSHAKE')),
  body         text not null,
  status       text not null default 'PENDING' check (status in ('PENDING', 'DELIVERED', 'FAILED')),
  due_at       timestamptz not null default now(),
  retry_until  timestamptz not null default now() + interval '3 days',
  lease        uuid,
  attempts     integer not null default 0,
  log          jsonb not null default '[]',
  created_at   timestamptz(3) not null default now(),
  primary key (webhook_id, event_id)
) with (fillfactor = 80);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, kind, due_at) where status = 'PENDING';
create index webhook_deliveries_by_status on webhook_deliveries (webhook_id, status, created_at, event_id);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
comment on column webhook_deliveries.event_id is 'Sent as webhook-id, the same in every attempt';
comment on column webhook_deliveries.due_at is 'While an attempt is under way, when its lease ends and another pod may send it';
comment on column webhook_deliveries.lease is 'Names the attempt under way: one whose lease was taken over changes nothing';
comment on column webhook_deliveries.created_at is 'In milliseconds, as cursors carry it';
comment on column webhook_deliveries.log is 'The last attempts: at, ms, and status or error';
